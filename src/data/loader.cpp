#include "data/loader.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/sha256.hpp"
#include "data/ahead.hpp"

#include <algorithm>
#include <span>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <opencv2/core/utility.hpp>

namespace strata::data {
namespace fs = std::filesystem;

namespace {

constexpr size_t kLargestFile = size_t{1} << 31U;
constexpr size_t kWarnings = 10;     // one by one; the rest are only counted
constexpr size_t kNamedInError = 3;  // broken pictures

struct Decoded {
  at::Tensor rgb_nchw_01;  ///< undefined where the picture is broken
  std::string sha256;
  std::string why_broken;
};

bool antialiases(image::Interpolation method) {
  return method == image::Interpolation::bilinear_antialias ||
         method == image::Interpolation::bicubic_antialias;
}

at::Tensor fitted(const image::Picture& picture, const image::FitOptions& options) {
  if (picture.bits() != 8 || !antialiases(options.interpolation)) {
    return image::fit(image::rgb_nchw_01(picture), options);
  }
  return image::fit(image::rgb_nchw_u8(picture), options).to(at::kFloat).div_(255);
}

Decoded decode(const fs::path& file, const image::FitOptions& options) {
  try {
    const std::vector<std::byte> bytes = read_file(file, kLargestFile);
    // The hash names the bytes that were decoded, also where the file changes meanwhile.
    return {fitted(image::decode(bytes, file.string()), options),
            sha256_hex(std::span<const std::byte>(bytes)),
            {}};
  } catch (const InputError& error) {
    return {{}, {}, error.what()};
  }
}

void check(const LoaderOptions& options) {
  if (options.batch < 1) {
    throw UsageError(fmt::format("batch: {}; expected at least 1", options.batch));
  }
  if (options.threads < 1) {
    throw UsageError(fmt::format("decoding threads: {}; expected at least 1", options.threads));
  }
  if (!(options.max_bad >= 0 && options.max_bad <= 1)) {
    throw UsageError(fmt::format("max_bad: {}; expected 0 to 1", options.max_bad));
  }
  if (options.fit.mode == image::Fit::none && options.batch != 1) {
    throw UsageError(
        fmt::format("batch: {}; pictures that keep their sizes (fit none) need 1", options.batch));
  }
}

std::vector<fs::path> files_of(const Dataset& dataset, const std::vector<size_t>& rows) {
  std::vector<fs::path> files;
  for (const size_t row : rows) {
    STRATA_CHECK(row < dataset.items.size(), "a row of the data set");
    files.push_back(dataset.items[row].file);
  }
  return files;
}

/// Keeps LibTorch's kernels from starting a team of threads for this one. LibTorch keeps the number
/// by thread and, for threads to come, by process; the constructor restores the latter.
void compute_alone() {
  // A thread takes the process's number over when it first asks, and would later undo this.
  at::get_num_threads();
  at::set_num_threads(1);
}

AheadOptions ahead_options(const LoaderOptions& options) {
  const auto threads = static_cast<size_t>(options.threads);
  return {threads, 2 * static_cast<size_t>(options.batch) + threads};
}

}  // namespace

struct Loader::Impl {
  Impl(const Dataset& dataset, std::vector<size_t> wanted, const LoaderOptions& given, Log& sink)
      : root(dataset.root),
        rows(std::move(wanted)),
        files(files_of(dataset, rows)),
        options(given),
        log(sink),
        decoded(
            rows.size(),
            ahead_options(given),
            [this](size_t i) { return decode(files[i], options.fit); },
            compute_alone) {}

  std::optional<Batch> next();
  void skip(size_t index, const std::string& why);
  /// Once, at the end.
  void report_the_rest();

  fs::path root;
  std::vector<size_t> rows;
  std::vector<fs::path> files;
  LoaderOptions options;
  Log& log;
  size_t position = 0;  ///< of the next picture, in `rows`
  std::vector<std::pair<size_t, std::string>> broken;
  bool rest_reported = false;
  Ahead<Decoded> decoded;  ///< last: its threads use the rest
};

void Loader::Impl::skip(size_t index, const std::string& why) {
  broken.emplace_back(rows[index], why);
  if (broken.size() <= kWarnings) log.warn(why + "; skipped");
  const auto bad = static_cast<double>(broken.size()), all = static_cast<double>(rows.size());
  if (bad <= options.max_bad * all || (broken.size() == 1 && rows.size() > 1)) return;

  std::string first;
  for (size_t i = 0; i < std::min(kNamedInError, broken.size()); ++i) {
    first += (i > 0 ? "; " : "") + broken[i].second;
  }
  throw InputError(
      root, fmt::format("{} of its first {} pictures ({} in all) cannot be used, more than the "
                        "{:g} % allowed (--max-bad): {}{}",
                        broken.size(), index + 1, rows.size(), 100 * options.max_bad, first,
                        broken.size() > kNamedInError ? "; ..." : ""));
}

void Loader::Impl::report_the_rest() {
  if (broken.size() <= kWarnings || rest_reported) return;
  rest_reported = true;
  log.warn(
      fmt::format("{}: {} of {} pictures were skipped", root.string(), broken.size(), rows.size()));
}

std::optional<Batch> Loader::Impl::next() {
  Batch batch;
  std::vector<at::Tensor> pictures;
  while (pictures.size() < static_cast<size_t>(options.batch)) {
    std::optional<Decoded> picture = decoded.next();
    if (!picture) break;
    const size_t index = position++;
    if (!picture->rgb_nchw_01.defined()) {
      skip(index, picture->why_broken);
      continue;
    }
    pictures.push_back(std::move(picture->rgb_nchw_01));
    batch.rows.push_back(rows[index]);
    batch.sha256.push_back(std::move(picture->sha256));
  }
  if (position == rows.size()) report_the_rest();
  if (pictures.empty()) return std::nullopt;
  batch.rgb_nchw_01 = pictures.size() == 1 ? pictures.front() : at::cat(pictures);
  return batch;
}

Loader::Loader(const Dataset& dataset,
               std::vector<size_t> rows,
               const LoaderOptions& options,
               Log& log) {
  check(options);
  // OpenCV keeps the number by process, not by thread: once, before the first decoding thread runs.
  [[maybe_unused]] static const bool serial = (cv::setNumThreads(0), true);
  const int threads = at::get_num_threads();
  impl_ = std::make_unique<Impl>(dataset, std::move(rows), options, log);
  at::set_num_threads(threads);
}

Loader::~Loader() = default;

std::optional<Batch> Loader::next() { return impl_->next(); }

const std::vector<std::pair<size_t, std::string>>& Loader::broken() const { return impl_->broken; }

}  // namespace strata::data

#include "probes/pictures.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/sha256.hpp"
#include "nn/device.hpp"
#include "report/table.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

namespace strata::probes {

PictureSet hash_pictures(data::Dataset dataset, const StopSignal& stop) {
  PictureSet pictures{std::move(dataset), {}};
  pictures.sha256.resize(pictures.size());
  std::atomic<size_t> next{0};
  const auto work = [&] {
    for (size_t i = next++; i < pictures.size() && !stop.requested(); i = next++) {
      try {
        pictures.sha256[i] = sha256_of_file(pictures.dataset.items[i].file);
      } catch (const InputError&) {
        // The loader meets the file again, and counts it with the broken ones.
      }
    }
  };
  const int64_t count = std::clamp<int64_t>(nn::available_processors(), 1, 8);
  std::vector<std::jthread> threads;
  for (int64_t t = 1; t < count; ++t) threads.emplace_back(work);
  work();
  threads.clear();
  if (stop.requested()) throw Interrupted(stop.signal(), "stopped before anything was computed");
  return pictures;
}

void write_picture_list(const std::filesystem::path& file, const PictureSet& pictures) {
  report::Table table({{"picture"}, {"class"}, {"domain"}, {"group"}, {"sha256"}});
  const auto name = [](const std::vector<std::string>& names, int64_t index) {
    return index < 0 ? std::string() : names.at(static_cast<size_t>(index));
  };
  for (size_t i = 0; i < pictures.size(); ++i) {
    const data::Item& item = pictures.dataset.items[i];
    table.add({item.name, name(pictures.dataset.classes, item.label),
               name(pictures.dataset.domains, item.domain), item.group, pictures.sha256[i]});
  }
  write_file(file, table.csv());
}

}  // namespace strata::probes

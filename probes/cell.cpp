#include "probes/cell.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/sha256.hpp"

#include <cmath>
#include <limits>

namespace strata::probes {
namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr const char* kKind = "strata probe cell";

/// JSON has no infinity: a number that is not finite is null, and read as `otherwise`.
json number(double value) { return std::isfinite(value) ? json(value) : json(); }
double number(const json& value, double otherwise) {
  return value.is_null() ? otherwise : value.get<double>();
}
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

json to_json(const FoldFit& fit) {
  return {{"repeat", fit.repeat},
          {"fold", fit.fold},
          {"lambda", fit.lambda},
          {"training_rows", fit.training_rows},
          {"test_rows", fit.test_rows},
          {"accuracy", fit.accuracy},
          {"nll", number(fit.nll)},
          {"iterations", fit.iterations},
          {"kkt_residual", number(fit.kkt_residual)},
          {"converged", fit.converged},
          {"inner_accuracy", number(fit.inner_accuracy)},
          {"chosen", fit.chosen}};
}

FoldFit fold_fit_from(const json& j) {
  return {.repeat = j.at("repeat"),
          .fold = j.at("fold"),
          .lambda = j.at("lambda"),
          .training_rows = j.at("training_rows"),
          .test_rows = j.at("test_rows"),
          .accuracy = j.at("accuracy"),
          .nll = number(j.at("nll"), kInfinity),
          .iterations = j.at("iterations"),
          .kkt_residual = number(j.at("kkt_residual"), kInfinity),
          .converged = j.at("converged"),
          .inner_accuracy = number(j.at("inner_accuracy"), kNaN),
          .chosen = j.at("chosen")};
}

json to_json(const HeldOutFit& fit) {
  return {{"lambda", fit.lambda},
          {"rows", fit.rows},
          {"accuracy", fit.accuracy},
          {"nll", number(fit.nll)},
          {"converged", fit.converged}};
}

HeldOutFit held_out_from(const json& j) {
  return {.lambda = j.at("lambda"),
          .rows = j.at("rows"),
          .accuracy = j.at("accuracy"),
          .nll = number(j.at("nll"), kInfinity),
          .converged = j.at("converged")};
}

Cell cell_from(const json& j) {
  Cell cell{.network = j.at("network"),
            .order = j.at("order"),
            .tap = j.at("tap"),
            .name = j.at("name"),
            .depth = j.at("depth"),
            .channels = j.at("channels"),
            .feature = j.at("feature"),
            .definition = j.at("definition"),
            .dims = j.at("dims"),
            .classes = j.at("classes"),
            .chance = j.at("chance"),
            .seconds = j.at("seconds"),
            .fit = {}};
  for (const json& fit : j.at("fits")) cell.fit.fits.push_back(fold_fit_from(fit));
  cell.fit.predictions = j.at("predictions").get<std::vector<int64_t>>();
  if (!j.at("test").is_null()) cell.fit.test = held_out_from(j.at("test"));
  return cell;
}

}  // namespace

std::string cell_hash(const FeatureColumn& column,
                      const std::string& task_hash,
                      const ProbeChoice& probe) {
  const json definition = {{"schema", kRunSchema},     {"features", column.key.hash},
                           {"task", task_hash},        {"kind", probe.kind},
                           {"lambdas", probe.lambdas}, {"folds", probe.folds},
                           {"repeats", probe.repeats}, {"tolerance", probe.tolerance}};
  return sha256_hex(definition.dump());
}

void write_cell(const fs::path& folder, const std::string& hash, const Cell& cell) {
  json fits = json::array();
  for (const FoldFit& fit : cell.fit.fits) fits.push_back(to_json(fit));
  const json all = {{"kind", kKind},
                    {"schema", kRunSchema},
                    {"hash", hash},
                    {"network", cell.network},
                    {"order", cell.order},
                    {"tap", cell.tap},
                    {"name", cell.name},
                    {"depth", cell.depth},
                    {"channels", cell.channels},
                    {"feature", cell.feature},
                    {"definition", cell.definition},
                    {"dims", cell.dims},
                    {"classes", cell.classes},
                    {"chance", cell.chance},
                    {"seconds", cell.seconds},
                    {"fits", fits},
                    {"predictions", cell.fit.predictions},
                    {"test", cell.fit.test ? to_json(*cell.fit.test) : json()}};
  write_file(folder / (hash + ".json"), all.dump(1) + "\n");
}

std::optional<Cell> read_cell(const fs::path& folder, const std::string& hash, Log& log) {
  const fs::path file = folder / (hash + ".json");
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return std::nullopt;
  try {
    const json found = json::parse(read_text(file));
    if (found.at("kind") == kKind && found.at("hash") == hash) return cell_from(found);
  } catch (const json::exception&) {
    // Said below.
  }
  log.warn(file.string() + ": is damaged; the cell is computed again");
  return std::nullopt;
}

}  // namespace strata::probes

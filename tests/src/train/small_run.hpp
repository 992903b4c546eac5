#pragma once

#include "train/run.hpp"

#include <filesystem>
#include <string>

namespace strata::train {

/// `classes` folders of `per_class` pictures each, of `side` pixels and more; classes differ in
/// colour.
void write_pictures(const std::filesystem::path& folder, int classes, int per_class, int side = 20);

/// A recipe for a tiny network on such pictures, as YAML; `rest` has further keys.
std::string small_classification(const std::filesystem::path& pictures,
                                 const std::string& rest = "");
std::string small_distillation(const std::filesystem::path& pictures, const std::string& rest = "");

/// What a text makes of it, on the CPU with one thread.
TrainOptions options_of(const std::string& yaml, const std::filesystem::path& output);

}  // namespace strata::train

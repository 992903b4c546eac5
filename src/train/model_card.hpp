#pragma once

#include "train/model_files.hpp"

#include <string>

namespace strata::train {

/// The model card, Markdown: what the network is, its data, recipe, time, figures, licence.
std::string model_card(const Recipe& recipe,
                       const Student& student,
                       const TrainingLog& log,
                       const RunRecord& record,
                       const ModelFiles& files);

}  // namespace strata::train

#pragma once

#include "base/log.hpp"
#include "nn/graph.hpp"
#include "nn/parameters.hpp"
#include "nn/plan.hpp"
#include "nn/preprocessing.hpp"
#include "train/objective.hpp"
#include "train/recipe.hpp"
#include "train/training_data.hpp"

namespace strata::train {

/// A network on the held-out pictures: their centres, short side scaled to 8/7 of the crop. It
/// computes as `policy` says; teachers judge in float32.
Evaluation evaluate(const nn::Graph& graph,
                    const nn::ParameterSet& parameters,
                    const nn::Preprocessing& input,
                    const nn::Policy& policy,
                    const TrainObjective& objective,
                    const TrainingData& data,
                    const EvaluationChoice& choice,
                    Log& log);

}  // namespace strata::train

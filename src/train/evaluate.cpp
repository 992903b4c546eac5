#include "train/evaluate.hpp"

#include "data/loader.hpp"
#include "image/tensor.hpp"

#include <vector>

#include <c10/core/InferenceMode.h>

namespace strata::train {

Evaluation evaluate(const nn::Graph& graph,
                    const nn::ParameterSet& parameters,
                    const nn::Preprocessing& input,
                    const nn::Policy& policy,
                    const TrainObjective& objective,
                    const TrainingData& data,
                    const EvaluationChoice& choice,
                    Log& log) {
  const c10::InferenceMode guard;
  std::vector<nn::NodeId> taps;
  for (const std::string& tap : objective.taps()) taps.push_back(graph.find(tap));
  const nn::InferencePlan plan(graph, parameters, taps, policy);
  data::LoaderOptions options;
  options.fit.size = choice.size;
  options.fit.resize = choice.size * 8 / 7;
  options.batch = choice.batch;
  data::Loader loader(data.pictures, data.held_out, options, log);
  const auto meter = objective.meter();
  while (auto batch = loader.next()) {
    Samples samples;
    samples.rgb_nchw_01 = batch->rgb_nchw_01.to(policy.device);
    for (const size_t row : batch->rows) {
      samples.labels.push_back(data.pictures.items[row].label);
    }
    meter->add(samples, plan.run(nn::preprocess(samples.rgb_nchw_01, input)));
  }
  return meter->evaluation();
}

}  // namespace strata::train

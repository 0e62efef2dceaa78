using Microsoft.ML.OnnxRuntime;

namespace Serverless.GpuWorker.Model.Weights;

/// <summary>A weight as the graph takes it: the value is bound to the input of the same name.</summary>
internal sealed record StoredWeight(WeightLayout Layout, OrtValue Value)
{
    public string Name => Layout.Name;

    public long[] Shape => Layout.Shape;
}

using Serverless.GpuWorker.Model.Weights;

namespace Serverless.GpuWorker.Model.Graphs;

/// <summary>The weights that a graph is built for, by name.</summary>
internal interface IWeightLayouts
{
    IEnumerable<WeightLayout> Layouts { get; }

    WeightLayout this[string name] { get; }
}

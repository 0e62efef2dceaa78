namespace Serverless.GpuWorker.Model;

/// <summary>The weights that a graph is built for, by name.</summary>
internal interface IWeightLayouts
{
    IEnumerable<WeightLayout> Layouts { get; }

    WeightLayout this[string name] { get; }
}

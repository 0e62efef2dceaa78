using System.Text.Json;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Graphs;
using Serverless.GpuWorker.Model.Weights;

namespace Serverless.GpuWorker.Conversion;

/// <summary>A model that can be converted.</summary>
internal interface IConversionModel : IDisposable
{
    /// <summary>What the manifest calls it.</summary>
    string Kind { get; }

    /// <summary>The model's shape, for the manifest.</summary>
    JsonElement Shape { get; }

    IWeightSource Source { get; }

    /// <summary>The weights of each rank; those of rank 0 hold every name.</summary>
    IReadOnlyList<IReadOnlyList<PlannedWeight>> Plans { get; }

    /// <summary>Files of the source folder that go along as they are, by their paths in it.</summary>
    IReadOnlyList<string> Copied { get; }

    /// <summary>The ONNX model of a rank.</summary>
    byte[] Graph(int rank, IWeightLayouts weights);
}

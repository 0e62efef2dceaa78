using System.Text.Json;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Encoders;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Graphs;
using Serverless.GpuWorker.Model.Weights;

namespace Serverless.GpuWorker.Conversion;

/// <summary>An Instructor encoder, in sentence-transformers' layout, to be converted.</summary>
internal sealed class T5Conversion : IConversionModel
{
    public const string KindName = "t5-encoder";

    private readonly T5Config _config;
    private readonly T5Checkpoint _checkpoint;

    /// <exception cref="CheckpointException">The folder does not hold a T5 encoder that can be run, or ranks are asked for.</exception>
    public T5Conversion(string folder, WeightFormatMix formats, int ranks)
    {
        if (ranks != 1)
            throw new CheckpointException($"An encoder is not divided among ranks: --ranks must be 1, not {ranks}.");

        _config = T5Config.Read(folder);
        _checkpoint = T5Checkpoint.Open(folder, _config);
        try
        {
            Plans = [T5Weights.Plan(_config, _checkpoint.Embedding, formats).ToList()];
            _checkpoint.RefuseSurplus(Plans[0]);
            Shape = ManifestJson.ToElement(_config);
            Copied = SourceFiles.Existing(folder, SourceFiles.Instructor);
        }
        catch
        {
            _checkpoint.Dispose();
            throw;
        }
    }

    public string Kind => KindName;

    public JsonElement Shape { get; }

    public IWeightSource Source => _checkpoint;

    public IReadOnlyList<IReadOnlyList<PlannedWeight>> Plans { get; }

    public IReadOnlyList<string> Copied { get; }

    public byte[] Graph(int rank, IWeightLayouts weights) => T5Graph.Build(_config, _checkpoint.Embedding, weights);

    public void Dispose() => _checkpoint.Dispose();
}

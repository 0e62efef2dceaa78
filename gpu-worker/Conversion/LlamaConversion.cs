using System.Text.Json;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Graphs;
using Serverless.GpuWorker.Model.Weights;

namespace Serverless.GpuWorker.Conversion;

/// <summary>A Llama to be converted for some number of ranks.</summary>
internal sealed class LlamaConversion : IConversionModel
{
    public const string KindName = "llama";

    private const int GraphBlockSize = 32;

    private readonly Checkpoint _checkpoint;
    private readonly LlamaShard[] _shards;

    /// <exception cref="CheckpointException">The folder does not hold a Llama that can be divided so.</exception>
    public LlamaConversion(string folder, WeightFormatMix formats, int ranks)
    {
        var config = LlamaConfig.Read(folder);
        _shards = [.. Enumerable.Range(0, ranks).Select(rank => new LlamaShard(config, rank, ranks))];
        Plans = [.. _shards.Select(shard => LlamaWeights.Plan(shard, formats).ToList())];
        Shape = ManifestJson.ToElement(config);
        Copied = SourceFiles.Existing(folder, SourceFiles.Llama);
        if (SourceFiles.PiecesOf(folder) is { } pieces)
            config.CheckTokenizer(pieces);

        _checkpoint = LlamaWeights.Open(folder, Plans[0]);
    }

    public string Kind => KindName;

    public JsonElement Shape { get; }

    public IWeightSource Source => _checkpoint;

    public IReadOnlyList<IReadOnlyList<PlannedWeight>> Plans { get; }

    public IReadOnlyList<string> Copied { get; }

    /// <summary>A rank's sums go to group 0: whoever runs the graph gives it that group, and a cache of floats in blocks of 32 tokens.</summary>
    public byte[] Graph(int rank, IWeightLayouts weights) =>
        LlamaGraph.Build(_shards[rank], weights, KvCacheLayout.Of(_shards[rank].Config, KvCacheFormat.Float32, GraphBlockSize), _shards.Length > 1 ? 0 : null);

    public void Dispose() => _checkpoint.Dispose();
}

using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Weights;

namespace Serverless.GpuWorker.Conversion;

/// <summary>
/// A Llama's folder, as Hugging Face lays it out or converted: which of the two concerns nobody else. A converted one says itself how many ranks it is
/// for and which formats it has.
/// </summary>
internal sealed class LlamaFolder : IDisposable
{
    private readonly Checkpoint? _checkpoint;
    private readonly ConvertedFolder? _converted;

    private LlamaFolder(LlamaConfig config, WeightFormatMix formats, Checkpoint? checkpoint, ConvertedFolder? converted)
    {
        Config = config;
        Formats = formats;
        _checkpoint = checkpoint;
        _converted = converted;
    }

    public LlamaConfig Config { get; }

    public WeightFormatMix Formats { get; }

    /// <summary>How many ranks a folder is for and which formats it is loaded with.</summary>
    /// <param name="ranks">What the settings say, if they do.</param>
    /// <param name="format">Likewise; without either float32, or what a converted folder has.</param>
    /// <exception cref="CheckpointException">A converted folder is for another number, or has other formats.</exception>
    public static (int Ranks, WeightFormatMix Formats) Resolve(string folder, int? ranks, WeightFormat? format)
    {
        if (!ConvertedFolder.Is(folder))
            return (ranks ?? 1, format ?? WeightFormat.Float32);

        var manifest = ConvertedManifest.Read(folder);
        if (ranks is not null && ranks != manifest.Ranks)
            throw new CheckpointException($"Ranks is {ranks} (--ranks), and the folder is converted for {manifest.Ranks}: leave the setting out, or convert the checkpoint again.");

        var formats = manifest.Formats();
        if (format is not null && (format != formats.Format || formats.Rules.Count > 0))
            throw new CheckpointException($"WeightFormat is {format} (--weight-format), and the folder is converted to {formats}: leave the setting out, or convert the checkpoint again.");

        return (manifest.Ranks, formats);
    }

    /// <param name="format">Null for float32, or what a converted folder has.</param>
    /// <param name="ranks">How many are going to load it.</param>
    /// <exception cref="CheckpointException">The folder holds no Llama that can be run so.</exception>
    public static LlamaFolder Open(string folder, WeightFormat? format, int ranks)
    {
        var config = LlamaConfig.Read(folder);
        var formats = Resolve(folder, ranks, format).Formats;
        return ConvertedFolder.Is(folder)
            ? new LlamaFolder(config, formats, null, ConvertedFolder.Open(folder, LlamaConversion.KindName, ManifestJson.ToElement(config)))
            : new LlamaFolder(config, formats, LlamaWeights.Open(folder, LlamaWeights.Plan(new LlamaShard(config), formats)), null);
    }

    /// <summary>The weights of one rank; they lie partly in this folder's files, which must outlive them.</summary>
    /// <param name="first">Rank 0's weights, whose replicated ones the other ranks share; it must outlive theirs. Null for rank 0.</param>
    /// <exception cref="CheckpointException">A tensor is missing, has another shape, or cannot be sliced.</exception>
    public WeightStore Load(LlamaShard shard, WeightStore? first = null) => _converted is not null
        ? _converted.Load(shard.Rank, LlamaWeights.Plan(shard, Formats), first)
        : LlamaWeights.Load(_checkpoint!, shard, Formats, first);

    public void Dispose()
    {
        _checkpoint?.Dispose();
        _converted?.Dispose();
    }
}

using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Encoders;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Weights;

namespace Serverless.GpuWorker.Conversion;

/// <summary>An encoder's folder, in sentence-transformers' layout or converted.</summary>
internal sealed class T5Folder : IDisposable
{
    private readonly T5Config _config;
    private readonly WeightFormatMix _formats;
    private readonly T5Checkpoint? _checkpoint;
    private readonly ConvertedFolder? _converted;

    private T5Folder(T5Config config, WeightFormatMix formats, T5Checkpoint? checkpoint, ConvertedFolder? converted)
    {
        _config = config;
        _formats = formats;
        _checkpoint = checkpoint;
        _converted = converted;
    }

    /// <summary>The name under which the token embeddings are kept.</summary>
    public string Embedding =>
        _checkpoint?.Embedding ?? (_converted!.Has(T5Weights.SharedEmbedding) ? T5Weights.SharedEmbedding : T5Weights.EncoderEmbedding);

    /// <param name="format">Null for float32, or what a converted folder has.</param>
    /// <exception cref="CheckpointException">The folder holds no encoder that can be run so.</exception>
    public static T5Folder Open(string folder, T5Config config, WeightFormat? format)
    {
        if (!ConvertedFolder.Is(folder))
            return new T5Folder(config, format ?? WeightFormat.Float32, T5Checkpoint.Open(folder, config), null);

        var converted = ConvertedFolder.Open(folder, T5Conversion.KindName, ManifestJson.ToElement(config));
        try
        {
            return new T5Folder(config, converted.Manifest.Formats(), null, converted);
        }
        catch
        {
            converted.Dispose();
            throw;
        }
    }

    /// <summary>The weights, which lie partly in this folder's files: it must outlive them.</summary>
    /// <exception cref="CheckpointException">A tensor is missing or has another shape.</exception>
    public WeightStore Load()
    {
        var plan = T5Weights.Plan(_config, Embedding, _formats).ToList();
        _checkpoint?.RefuseSurplus(plan);
        return _converted is not null ? _converted.Load(rank: 0, plan) : WeightStore.Load(_checkpoint!, plan);
    }

    public void Dispose()
    {
        _checkpoint?.Dispose();
        _converted?.Dispose();
    }
}

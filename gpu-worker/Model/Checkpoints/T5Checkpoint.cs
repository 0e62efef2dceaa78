using Serverless.GpuWorker.Model.Encoders;
using Serverless.GpuWorker.Model.Weights;

namespace Serverless.GpuWorker.Model.Checkpoints;

/// <summary>The weights of an encoder's folder together with those of the Dense module in a folder inside it, where there is one.</summary>
internal sealed class T5Checkpoint : IWeightSource, IDisposable
{
    private readonly Checkpoint _encoder;
    private readonly Checkpoint? _dense;

    private T5Checkpoint(Checkpoint encoder, Checkpoint? dense)
    {
        _encoder = encoder;
        _dense = dense;
    }

    /// <summary>The name under which this checkpoint keeps the token embeddings.</summary>
    public string Embedding => _encoder.Contains(T5Weights.SharedEmbedding) ? T5Weights.SharedEmbedding : T5Weights.EncoderEmbedding;

    public bool IsMapped => true;

    /// <exception cref="CheckpointException">No weights, or malformed ones.</exception>
    public static T5Checkpoint Open(string folder, T5Config config)
    {
        var encoder = Checkpoint.Open(folder);
        try
        {
            return new T5Checkpoint(encoder, config.DenseSize is null ? null : Checkpoint.Open(Path.Combine(folder, T5Weights.DenseFolder)));
        }
        catch
        {
            encoder.Dispose();
            throw;
        }
    }

    /// <summary>Refuses tensors that the encoder has no use for; a decoder that comes with it is passed over.</summary>
    /// <exception cref="CheckpointException">There is one.</exception>
    public void RefuseSurplus(IReadOnlyList<PlannedWeight> plan)
    {
        _encoder.RefuseSurplus(plan, name =>
            name is T5Weights.EncoderEmbedding or "lm_head.weight" || name.StartsWith("decoder.", StringComparison.Ordinal));
        _dense?.RefuseSurplus(plan, _ => false);
    }

    public TensorType TypeOf(string tensor, params int[] shape) => Of(tensor).TypeOf(tensor, shape);

    public ReadOnlySpan<byte> Bytes(string tensor) => Of(tensor).Bytes(tensor);

    public void Read(string tensor, long offset, Span<byte> destination) => Of(tensor).Read(tensor, offset, destination);

    public void Dispose()
    {
        _encoder.Dispose();
        _dense?.Dispose();
    }

    private IWeightSource Of(string tensor) => _dense is not null && tensor == T5Weights.Dense ? _dense : _encoder;
}

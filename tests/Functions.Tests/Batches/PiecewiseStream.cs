namespace Serverless.Functions.Tests.Batches;

/// <summary>Gives a few bytes a read, as a network does.</summary>
internal sealed class PiecewiseStream(byte[] bytes, int piece) : MemoryStream(bytes)
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => base.ReadAsync(buffer[..Math.Min(piece, buffer.Length)], cancellationToken);
}

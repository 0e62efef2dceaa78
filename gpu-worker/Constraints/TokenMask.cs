namespace Serverless.GpuWorker.Constraints;

/// <summary>Which tokens may come next.</summary>
/// <param name="allowed">One bit a token, from the lowest of the first word; those that end a document among them where it is complete.</param>
/// <param name="mustEnd">Whether none but those that end it are allowed.</param>
internal sealed class TokenMask(ulong[] allowed, bool mustEnd)
{
    public ReadOnlySpan<ulong> Allowed => allowed;

    public bool MustEnd { get; } = mustEnd;

    public bool Allows(int token) => token >= 0 && token < allowed.Length * 64 && (allowed[token / 64] >> (token % 64) & 1) == 1;
}

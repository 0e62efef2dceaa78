using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Api.Answers;

/// <summary>Leaves out of an answer's beginning what the caller has of it already: whitespace at the end of a begun answer, which its tokens do not hold and the model says again.</summary>
/// <param name="inner">At the beginning of the answer.</param>
/// <param name="told">The whitespace.</param>
internal sealed class UntoldSpaceDecoder(IStreamingDecoder inner, string told) : IStreamingDecoder
{
    private int _met;

    public string Append(int id) => Untold(inner.Append(id));

    public string Flush() => Untold(inner.Flush());

    private string Untold(string text)
    {
        if (_met == told.Length || text.Length == 0) return text;
        var same = text.AsSpan().CommonPrefixLength(told.AsSpan(_met));
        // Where the answer goes another way, all that follows is its own.
        _met = same < text.Length ? told.Length : _met + same;
        return text[same..];
    }
}

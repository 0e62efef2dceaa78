namespace Serverless.GpuWorker.Tokenization;

/// <summary>Turns a stream of ids into a stream of text. Not thread-safe.</summary>
public interface IStreamingDecoder
{
    /// <summary>The text that <paramref name="id"/> completes; empty while a character is still incomplete.</summary>
    string Append(int id);

    /// <summary>What is left when the stream ends: U+FFFD for an incomplete character, otherwise empty.</summary>
    string Flush();
}

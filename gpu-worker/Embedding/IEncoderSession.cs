namespace Serverless.GpuWorker.Embedding;

/// <summary>Runs an encoder over token ids. Called from one thread at a time.</summary>
public interface IEncoderSession
{
    /// <summary>Length of a vector; 1 of a cross-encoder, whose vectors are scores.</summary>
    int Dimensions { get; }

    /// <summary>Whether it can be called now; when not, a call waits.</summary>
    bool IsReady => true;

    /// <summary>Whether it is dead for good.</summary>
    bool HasFailed => false;

    /// <param name="ids">One list of ids a text, of any lengths.</param>
    /// <param name="marks">
    /// For each id what the session has to know of it: one that embeds, 1 when its hidden state counts in the mean, otherwise 0, at least one 1 a text; a cross-encoder, the segment
    /// (BERT's token type) that it is of, 0 or 1.
    /// </param>
    /// <returns>One vector a text, in order.</returns>
    float[][] Encode(int[][] ids, int[][] marks);
}

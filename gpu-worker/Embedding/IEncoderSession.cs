namespace Serverless.GpuWorker.Embedding;

/// <summary>Runs an encoder over token ids. Called from one thread at a time.</summary>
public interface IEncoderSession
{
    /// <summary>Length of a vector.</summary>
    int Dimensions { get; }

    /// <summary>Whether it can be called now; when not, a call waits.</summary>
    bool IsReady => true;

    /// <summary>Whether it is dead for good.</summary>
    bool HasFailed => false;

    /// <param name="ids">One list of ids a text, of any lengths.</param>
    /// <param name="poolMask">For each id, 1 when its hidden state counts in the mean, otherwise 0; at least one 1 a text.</param>
    /// <returns>One vector a text, in order.</returns>
    float[][] Encode(int[][] ids, int[][] poolMask);
}

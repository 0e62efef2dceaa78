namespace Serverless.GpuWorker.Embedding;

/// <summary>A served model that runs an encoder.</summary>
public interface IEncodingModel
{
    string ModelName { get; }

    /// <summary>Tokens of all that it takes at once, special tokens included; what is longer is cut.</summary>
    int MaxTokens { get; }

    /// <summary>Whether its encoder is there; while it is started again, what is asked for waits.</summary>
    bool IsReady => true;

    /// <summary>Whether it is dead for good.</summary>
    bool HasFailed => false;
}

namespace Serverless.GpuWorker.Tokenization;

/// <summary>Messages that cannot be written in the model's chat format. The text names the field and never quotes content.</summary>
public sealed class ChatFormatException(string field, string message) : Exception(message)
{
    /// <summary>The offending field, such as <c>messages[2].content</c>.</summary>
    public string Field { get; } = field;
}

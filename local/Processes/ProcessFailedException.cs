namespace Serverless.Local.Processes;

/// <summary>A child process cannot be started, or crashed too often in a row.</summary>
public sealed class ProcessFailedException(string message, IReadOnlyList<string> output) : Exception(message)
{
    /// <summary>Its last lines, for the person at the terminal.</summary>
    public IReadOnlyList<string> Output { get; } = output;
}

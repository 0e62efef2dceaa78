namespace Serverless.Local.CommandLine;

/// <summary>Something that the person at the terminal can put right: shown as one line, without a stack.</summary>
public sealed class LocalException(string message, int exitCode = LocalException.Failed) : Exception(message)
{
    public const int Failed = 1;

    public const int BadUsage = 2;

    /// <summary>The process's exit code.</summary>
    public int ExitCode { get; } = exitCode;
}

namespace Serverless.GpuWorker.Supervision;

/// <summary>How a child's life ended.</summary>
/// <param name="Reason">A clause without subject: "exited with code 139 (SIGSEGV)".</param>
/// <param name="ReadyFor">How long it served.</param>
/// <param name="LoadFailure">Type and message where the model could not be loaded.</param>
internal sealed record ChildOutcome(string Reason, TimeSpan ReadyFor, string LastLine, (string Type, string Message)? LoadFailure)
{
    /// <summary>An exit code in words: on Unix a signal's is 128 and its number.</summary>
    public static string Describe(int exitCode) => exitCode switch
    {
        132 => "exited with code 132 (SIGILL)",
        134 => "exited with code 134 (SIGABRT)",
        135 => "exited with code 135 (SIGBUS)",
        136 => "exited with code 136 (SIGFPE)",
        137 => "exited with code 137 (SIGKILL)",
        139 => "exited with code 139 (SIGSEGV)",
        143 => "exited with code 143 (SIGTERM)",
        _ => $"exited with code {exitCode}",
    };
}

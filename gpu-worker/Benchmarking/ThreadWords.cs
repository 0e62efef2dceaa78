using static System.FormattableString;

namespace Serverless.GpuWorker.Benchmarking;

/// <summary>How the reports tell of the threads that measured.</summary>
internal static class ThreadWords
{
    /// <param name="threads">Of a session.</param>
    /// <param name="spinMicroseconds">For how long each looks for more work before it sleeps; 0: it sleeps at once.</param>
    public static string Of(int threads, int spinMicroseconds) => spinMicroseconds > 0 ? Invariant($"{threads} threads that spin {spinMicroseconds} us") : Invariant($"{threads} threads that sleep");
}

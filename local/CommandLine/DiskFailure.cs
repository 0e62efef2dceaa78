using System.ComponentModel;
using System.Net.Sockets;

namespace Serverless.Local.CommandLine;

/// <summary>What the operating system refused, as one line with the file and what to do. Its words hold paths and no content.</summary>
internal static class DiskFailure
{
    // errno of Linux and macOS: EMFILE, ENFILE.
    private const int TooManyOfThisProcess = 24;
    private const int TooManyOfAll = 23;

    /// <summary>Null for a failure of another kind.</summary>
    public static LocalException? Explain(Exception failure)
    {
        for (var cause = failure; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case SocketException { SocketErrorCode: SocketError.TooManyOpenSockets }:
                case Win32Exception { NativeErrorCode: TooManyOfThisProcess or TooManyOfAll }:
                case IOException { HResult: TooManyOfThisProcess or TooManyOfAll }:
                    return new LocalException("Too many files are open: this process may open no more. Allow more (ulimit -n 4096, or more), then start again.");
                case UnauthorizedAccessException or IOException when Path(cause) is { } path:
                    return new LocalException($"{path} cannot be read or written: {Reason(cause)}. See that the folder is yours, can be written and its disk has space, then start again; or choose another with --data.");
            }
        }

        return null;
    }

    // "No space left on device : '/data/ports.json.new'", "Access to the path '/data/x' is denied.": https://github.com/dotnet/runtime, Interop.Errors and Strings.resx.
    private static string? Path(Exception failure)
    {
        var open = failure.Message.IndexOf('\'', StringComparison.Ordinal);
        var close = failure.Message.LastIndexOf('\'');
        return close > open + 1 && failure.Message[(open + 1)..close] is var path && System.IO.Path.IsPathRooted(path) ? path : null;
    }

    /// <summary>Why, in the system's words without its path.</summary>
    public static string Reason(Exception failure) => failure is UnauthorizedAccessException ? "it is not permitted"
        : failure.Message.IndexOf(" : '", StringComparison.Ordinal) is > 0 and var end ? failure.Message[..end].ToLowerInvariant()
        : failure.GetType().Name;
}

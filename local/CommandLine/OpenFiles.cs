using System.Globalization;

namespace Serverless.Local.CommandLine;

/// <summary>How many files, connections included, a process may have open (RLIMIT_NOFILE): each of the stack's has hundreds, and fails in its own words where it may not.</summary>
internal static class OpenFiles
{
    private const int Least = 1024;
    private const string Limits = "/proc/self/limits";

    /// <exception cref="LocalException">Too few.</exception>
    public static void Check()
    {
        if (!File.Exists(Limits)) return;
        if (Soft(File.ReadAllText(Limits)) is { } most and < Least)
        {
            throw new LocalException(string.Create(
                CultureInfo.InvariantCulture, $"This process may open {most} files, and {Least} are needed. Allow more (ulimit -n 4096), then start again."));
        }
    }

    /// <summary>The limit in force, as proc(5) has it; null where there is none.</summary>
    public static int? Soft(string limits)
    {
        const string Name = "Max open files";
        var line = limits.Split('\n').FirstOrDefault(line => line.StartsWith(Name, StringComparison.Ordinal));
        return line?[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var soft, ..] && int.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var most) ? most : null;
    }
}

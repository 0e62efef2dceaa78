using Microsoft.Extensions.Logging.Console;

namespace Serverless.FunctionsHost;

/// <summary>The host's log on standard error, a line an entry, at the levels of host.json's <c>logging.logLevel</c>.</summary>
internal static class HostLogging
{
    public static void Configure(ILoggingBuilder logging, HostSettings settings)
    {
        logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss.fff ";
            console.ColorBehavior = LoggerColorBehavior.Disabled;
        });
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        logging.SetMinimumLevel(LogLevel.Information);

        // The machinery below says much and knows URLs; what matters of it this host says itself.
        foreach (var category in (string[])["Microsoft.AspNetCore", "Grpc", "Yarp", "Host.Triggers"]) logging.AddFilter(category, LogLevel.Warning);
        logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Error);
        const string Levels = "AzureFunctionsJobHost:logging:logLevel:";
        foreach (var (key, value) in settings.Values.Where(pair => pair.Key.StartsWith(Levels, StringComparison.OrdinalIgnoreCase)))
        {
            if (!Enum.TryParse<LogLevel>(value, ignoreCase: true, out var level)) throw new HostException($"logging.logLevel.{key[Levels.Length..]} is \"{value}\"; a level of Microsoft.Extensions.Logging is permitted.");
            var category = key[Levels.Length..].Replace(':', '.');
            if (string.Equals(category, "default", StringComparison.OrdinalIgnoreCase)) logging.SetMinimumLevel(level);
            else logging.AddFilter(category, level);
        }
    }
}

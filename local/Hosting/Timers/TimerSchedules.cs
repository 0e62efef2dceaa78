using System.Globalization;

namespace Serverless.Local.Hosting.Timers;

/// <summary>Reads a timer trigger's schedule: an NCRONTAB expression, or a TimeSpan.</summary>
internal static class TimerSchedules
{
    /// <exception cref="FormatException">The text is neither, or a time that never comes.</exception>
    public static ITimerSchedule Parse(string text)
    {
        if (text.Contains(' ', StringComparison.Ordinal)) return NcrontabSchedule.Parse(text);
        return TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var interval) && interval > TimeSpan.Zero
            ? new IntervalSchedule(interval)
            : throw new FormatException($"\"{text}\" is no schedule; \"{{second}} {{minute}} {{hour}} {{day}} {{month}} {{day of week}}\" or a positive hh:mm:ss is permitted.");
    }
}

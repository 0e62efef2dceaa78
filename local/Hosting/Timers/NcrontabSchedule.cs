namespace Serverless.Local.Hosting.Timers;

/// <summary>
/// An NCRONTAB expression: <c>{second} {minute} {hour} {day} {month} {day of week}</c>, in UTC; with five fields the second is 0.
/// A time is due when every field matches: day and day of week both must (unlike crontab(5), where either is enough).
/// Source: https://github.com/atifaziz/NCrontab/wiki/Crontab-Expression and its six-part variant used by Azure Functions.
/// </summary>
internal sealed class NcrontabSchedule : ITimerSchedule
{
    /// <summary>The rarest pair of date and weekday, a 29th of February, comes at least once in 40 years.</summary>
    private const int SearchedYears = 41;

    private static readonly string[] Months = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
    private static readonly string[] Weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

    private readonly NcrontabField _second;
    private readonly NcrontabField _minute;
    private readonly NcrontabField _hour;
    private readonly NcrontabField _day;
    private readonly NcrontabField _month;
    private readonly NcrontabField _weekday;

    private NcrontabSchedule(string[] fields)
    {
        _second = NcrontabField.Parse(fields[0], "second", 0, 59);
        _minute = NcrontabField.Parse(fields[1], "minute", 0, 59);
        _hour = NcrontabField.Parse(fields[2], "hour", 0, 23);
        _day = NcrontabField.Parse(fields[3], "day", 1, 31);
        _month = NcrontabField.Parse(fields[4], "month", 1, 12, Months);
        _weekday = NcrontabField.Parse(fields[5], "day of week", 0, 6, Weekdays);
    }

    /// <exception cref="FormatException">Names the field at fault, or says that the time never comes.</exception>
    public static NcrontabSchedule Parse(string text)
    {
        var fields = text.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (fields.Length == 5) fields = ["0", .. fields];
        if (fields.Length != 6) throw new FormatException($"\"{text}\" has {fields.Length} fields; second, minute, hour, day, month and day of week are expected.");
        var schedule = new NcrontabSchedule(fields);
        return schedule.NextAfter(new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc)) is null ? throw new FormatException($"\"{text}\" never comes.") : schedule;
    }

    public DateTime? NextAfter(DateTime utc)
    {
        if (utc >= DateTime.MaxValue.AddDays(-1)) return null;
        var from = new DateTime(utc.Ticks - (utc.Ticks % TimeSpan.TicksPerSecond), DateTimeKind.Utc).AddSeconds(1);
        if (IsDueOn(from.Year, from.Month, from.Day) && NextInDay(from.Hour, from.Minute, from.Second) is { } today) return from.Date + today;
        return NextDay(from) is { } day && NextInDay(0, 0, 0) is { } first ? day + first : null;
    }

    private bool IsDueOn(int year, int month, int day) =>
        _month.Contains(month) && _day.Contains(day) && _weekday.Contains((int)new DateTime(year, month, day).DayOfWeek);

    private TimeSpan? NextInDay(int hour, int minute, int second)
    {
        // From the finest field up: a field that overflows carries one into the next coarser field, and starts again at its least value.
        if (_hour.Contains(hour))
        {
            if (_minute.Contains(minute) && _second.NextFrom(second) is >= 0 and var s) return new TimeSpan(hour, minute, s);
            if (_minute.NextFrom(minute + 1) is >= 0 and var m) return new TimeSpan(hour, m, _second.NextFrom(0));
        }

        return _hour.NextFrom(hour + 1) is >= 0 and var h ? new TimeSpan(h, _minute.NextFrom(0), _second.NextFrom(0)) : null;
    }

    private DateTime? NextDay(DateTime after)
    {
        var month = new DateTime(after.Year, after.Month, 1, 0, 0, 0, DateTimeKind.Utc);
        var firstDay = after.Day + 1;
        var lastYear = Math.Min(after.Year + SearchedYears, DateTime.MaxValue.Year - 1);
        for (; month.Year <= lastYear; month = month.AddMonths(1), firstDay = 1)
        {
            var days = DateTime.DaysInMonth(month.Year, month.Month);
            for (var day = _day.NextFrom(firstDay); day >= 0 && day <= days; day = _day.NextFrom(day + 1))
            {
                if (IsDueOn(month.Year, month.Month, day)) return month.AddDays(day - 1);
            }
        }

        return null;
    }
}

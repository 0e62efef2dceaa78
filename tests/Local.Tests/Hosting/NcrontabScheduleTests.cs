using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Serverless.Local.Hosting.Timers;

namespace Local.Tests.Hosting;

public sealed class NcrontabScheduleTests
{
    [Theory]
    [InlineData("0 */5 * * * *", "2026-03-01T10:02:30", "2026-03-01T10:05:00")]
    [InlineData("0 */5 * * * *", "2026-03-01T10:05:00", "2026-03-01T10:10:00")]
    [InlineData("*/15 * * * * *", "2026-12-31T23:59:45", "2027-01-01T00:00:00")]
    [InlineData("0 30 9 * * Mon-Fri", "2026-03-06T09:30:00", "2026-03-09T09:30:00")]
    [InlineData("0 0 0 29 Feb *", "2026-01-01T00:00:00", "2028-02-29T00:00:00")]
    [InlineData("0 0 0 29 2 Sun", "2026-01-01T00:00:00", "2032-02-29T00:00:00")]
    [InlineData("0 0 12 13 * 5", "2026-01-01T00:00:00", "2026-02-13T12:00:00")]
    [InlineData("30 5/20 8-9 * * *", "2026-01-01T08:25:30", "2026-01-01T08:45:30")]
    [InlineData("30 5/20 8-9 * * *", "2026-01-01T09:45:30", "2026-01-02T08:05:30")]
    [InlineData("5 4 * * *", "2026-01-01T04:05:00", "2026-01-02T04:05:00")]
    [InlineData("0 0 0 31 * *", "2026-03-31T00:00:00", "2026-05-31T00:00:00")]
    public void NextAfter_Expression_IsTheNextTime(string expression, string after, string next) =>
        Assert.Equal(Utc(next), NcrontabSchedule.Parse(expression).NextAfter(Utc(after)));

    [Theory]
    [InlineData("60 * * * * *", "second")]
    [InlineData("0 -1 * * * *", "minute")]
    [InlineData("0 0 24 * * *", "hour")]
    [InlineData("0 0 0 0 * *", "day")]
    [InlineData("0 0 0 * Mars *", "month")]
    [InlineData("0 0 0 * * 7", "day of week")]
    [InlineData("0 */0 * * * *", "minute")]
    [InlineData("0 30-20 * * * *", "minute")]
    [InlineData("0 1,,2 * * * *", "minute")]
    [InlineData("* * *", "3 fields")]
    [InlineData("0 0 0 31 2,4,6 *", "never comes")]
    public void Parse_Malformed_NamesTheField(string expression, string field) =>
        Assert.Contains(field, Assert.Throws<FormatException>(() => NcrontabSchedule.Parse(expression)).Message, StringComparison.Ordinal);

    /// <summary>Against a matcher that tries every second of the hours that follow.</summary>
    [Fact]
    public void NextAfter_AnyTimeFields_EqualsTheNaiveSecondBySecondSearch() =>
        Prop.ForAll(
            (from second in Field(0, 59)
             from minute in Field(0, 59)
             from hour in Gen.Elements("*", "*/2", "5", "22-23")
             from at in Times()
             select (second, minute, hour, at)).ToArbitrary(),
            input =>
            {
                var (second, minute, hour, at) = input;
                var expected = Search(at.AddSeconds(1), TimeSpan.FromSeconds(1), 90_000, t => Matches(second, t.Second, 59) && Matches(minute, t.Minute, 59) && Matches(hour, t.Hour, 23));
                return NcrontabSchedule.Parse($"{second} {minute} {hour} * * *").NextAfter(at) == expected;
            }).QuickCheckThrowOnFailure();

    /// <summary>Against a matcher that tries every day of the decades that follow.</summary>
    [Fact]
    public void NextAfter_AnyDateFields_EqualsTheNaiveDayByDaySearch() =>
        Prop.ForAll(
            (from day in Field(1, 28)
             from month in Field(1, 12)
             from weekday in Field(0, 6)
             from at in Times()
             select (day, month, weekday, at)).ToArbitrary(),
            input =>
            {
                var (day, month, weekday, at) = input;
                var expected = Search(at.Date.AddDays(1), TimeSpan.FromDays(1), 15_000, t => Matches(day, t.Day, 31) && Matches(month, t.Month, 12) && Matches(weekday, (int)t.DayOfWeek, 6));
                return NcrontabSchedule.Parse($"0 0 0 {day} {month} {weekday}").NextAfter(at) == expected;
            }).QuickCheckThrowOnFailure();

    private static DateTime? Search(DateTime from, TimeSpan step, int steps, Func<DateTime, bool> matches)
    {
        for (var i = 0; i < steps; i++, from += step)
        {
            if (matches(from)) return from;
        }

        return null;
    }

    /// <summary>A field as one reads it, item by item, without building a set.</summary>
    private static bool Matches(string field, int value, int max) => field.Split(',').Any(item =>
    {
        var parts = item.Split('/');
        var step = parts.Length == 2 ? Number(parts[1]) : 1;
        if (parts[0] == "*") return (value - (max is 31 or 12 ? 1 : 0)) % step == 0;
        var ends = parts[0].Split('-');
        var first = Number(ends[0]);
        var last = ends.Length == 2 ? Number(ends[1]) : parts.Length == 2 ? max : first;
        return value >= first && value <= last && (value - first) % step == 0;
    });

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static Gen<string> Field(int min, int max)
    {
        var value = Gen.Choose(min, max);
        var item = Gen.OneOf(
            Gen.Constant("*"),
            value.Select(v => $"{v}"),
            from a in value from b in Gen.Choose(a, max) select $"{a}-{b}",
            Gen.Choose(1, Math.Min(max, 15)).Select(n => $"*/{n}"),
            from a in value from n in Gen.Choose(1, max) select $"{a}/{n}",
            from a in value from b in Gen.Choose(a, max) from n in Gen.Choose(1, max) select $"{a}-{b}/{n}");
        return Gen.Choose(1, 3).SelectMany(count => item.ListOf(count)).Select(items => string.Join(',', items));
    }

    private static Gen<DateTime> Times() =>
        from day in Gen.Choose(0, 20_000) from second in Gen.Choose(0, 86_399) select new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddDays(day).AddSeconds(second);

    private static DateTime Utc(string text) => DateTime.SpecifyKind(DateTime.Parse(text, CultureInfo.InvariantCulture), DateTimeKind.Utc);
}

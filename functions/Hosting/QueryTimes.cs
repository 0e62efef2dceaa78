using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Hosting;

/// <summary>Beginnings and ends of what is asked for, in a query: days or times, in UTC where they name no offset.</summary>
internal static partial class QueryTimes
{
    private const string Day = "yyyy-MM-dd";
    private static readonly string[] Times = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];

    /// <param name="isEnd">Whether a day is meant with all of it: <c>from=D&amp;to=D</c> is day D, as people say it. A time is an end that is not in it.</param>
    /// <returns>Null where the query has none.</returns>
    /// <exception cref="GatewayException">400 naming the field.</exception>
    public static DateTimeOffset? Moment(this HttpRequest request, string name, bool isEnd = false)
    {
        if (request.Query[name] is not [{ Length: > 0 } text, ..]) return null;
        const DateTimeStyles Styles = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        // A plus that was not escaped came as a blank.
        var isDay = DateTimeOffset.TryParseExact(text, Day, CultureInfo.InvariantCulture, Styles, out var time);
        var isKnown = request.Query[name].Count == 1 && (isDay || DateTimeOffset.TryParseExact(Ticks().Replace(text.Replace(' ', '+'), "$1$2"), Times, CultureInfo.InvariantCulture, Styles, out time)) && time.Year is >= 2000 and < 9999;
        if (!isKnown) throw GatewayException.Invalid(name, $"'{name}' must be a day (2026-01-31) or a time (2026-01-31T12:00:00Z), once.");
        return isDay && isEnd ? time.AddDays(1) : time;
    }

    // Go's and Rust's clocks tell nanoseconds; ours tell tenths of microseconds.
    [GeneratedRegex(@"(\.\d{7})\d{1,2}([Zz+-]|$)", RegexOptions.NonBacktracking)]
    private static partial Regex Ticks();
}

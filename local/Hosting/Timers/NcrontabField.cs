using System.Globalization;
using System.Numerics;

namespace Serverless.Local.Hosting.Timers;

/// <summary>One field of an NCRONTAB expression: the set of its values, 0-63, as bits.</summary>
internal readonly struct NcrontabField
{
    private readonly ulong _values;

    private NcrontabField(ulong values) => _values = values;

    public bool Contains(int value) => ((_values >> value) & 1) == 1;

    /// <summary>The least value that is at least <paramref name="from"/>; -1 when there is none.</summary>
    public int NextFrom(int from)
    {
        var rest = from > 63 ? 0 : _values >> from << from;
        return rest == 0 ? -1 : BitOperations.TrailingZeroCount(rest);
    }

    /// <summary>
    /// Reads a comma-separated list of <c>*</c>, <c>a</c>, <c>a-b</c>, each with an optional step <c>/n</c> (<c>a/n</c> runs from a to the field's end).
    /// </summary>
    /// <param name="text">The field.</param>
    /// <param name="name">Its name, for messages.</param>
    /// <param name="min">Its least value.</param>
    /// <param name="max">Its greatest value.</param>
    /// <param name="names">English names (first three letters) of the values from <paramref name="min"/> on.</param>
    /// <exception cref="FormatException">Says which field and what is permitted.</exception>
    public static NcrontabField Parse(string text, string name, int min, int max, IReadOnlyList<string>? names = null)
    {
        ulong values = 0;
        foreach (var item in text.Split(','))
        {
            var slash = item.Split('/');
            if (slash.Length > 2) throw Malformed();
            var step = slash.Length == 2 ? Number(slash[1], 1, max) : 1;
            var (first, last) = Range(slash[0], stepped: slash.Length == 2);
            for (var value = first; value <= last; value += step) values |= 1UL << value;
        }

        return new NcrontabField(values);

        (int First, int Last) Range(string range, bool stepped)
        {
            if (range == "*") return (min, max);
            var dash = range.Split('-');
            if (dash.Length > 2) throw Malformed();
            var first = Value(dash[0]);
            var last = dash.Length == 2 ? Value(dash[1]) : stepped ? max : first;
            return first <= last ? (first, last) : throw Malformed();
        }

        int Value(string value)
        {
            for (var i = 0; i < names?.Count; i++)
            {
                if (value.Length >= 3 && names[i].StartsWith(value, StringComparison.OrdinalIgnoreCase)) return min + i;
            }

            return Number(value, min, max);
        }

        int Number(string value, int least, int most) =>
            int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number : throw Malformed();

        FormatException Malformed() => new($"\"{text}\" is not permitted for the {name}; *, {min}-{max}, ranges a-b, steps /n and lists of them are.");
    }
}

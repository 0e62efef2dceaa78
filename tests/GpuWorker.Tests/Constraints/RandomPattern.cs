using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Serverless.GpuWorker.Tests.Constraints;

/// <summary>
/// Random patterns, spelled twice: in ECMA-262 with the u flag, and for .NET's expressions, whose characters are UTF-16 units, whose <c>\s</c> and
/// <c>.</c> are others and whose <c>$</c> stands before a last line feed too.
/// </summary>
internal sealed class RandomPattern(Random random)
{
    private const string Pair = @"[\ud800-\udbff][\udc00-\udfff]";
    private const string Space = @"\t-\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff";

    private static readonly string[] Characters = ["a", "b", "c", "z", "0", "7", "_", "-", " ", "\"", "\\", "/", "\n", "\u0001", "é", "ß", "\u07ff", "\u0800", "日", "\ud7ff", "\ue000", "\uffff", "🌱", "\U0010ffff"];

    /// <summary>A pattern and how .NET says it.</summary>
    public (string Pattern, Regex Oracle) Next()
    {
        var (pattern, net) = Choice(2);
        if (random.Next(4) == 0)
        {
            var lookaheads = Some(1, 2, () => Lookahead(random.Next(3) > 0 ? '!' : '=', Choice(1)));
            pattern = $"^{string.Concat(lookaheads.Select(one => one.Item1))}(?:{pattern})";
            net = $"^{string.Concat(lookaheads.Select(one => one.Item2))}(?:{net})";
        }
        return (pattern, new Regex(net, RegexOptions.ECMAScript, TimeSpan.FromSeconds(10)));
    }

    /// <summary>A text of a few of the characters that patterns are made of.</summary>
    public string Text(int most) => string.Concat(Enumerable.Range(0, random.Next(most + 1)).Select(_ => OneOf(Characters)));

    private static (string, string) Lookahead(char sign, (string Pattern, string Net) body) => ($"(?{sign}{body.Pattern})", $"(?{sign}{body.Net})");

    private (string, string) Choice(int depth)
    {
        var alternatives = Some(1, random.Next(3) == 0 ? 3 : 1, () => Sequence(depth));
        return (string.Join('|', alternatives.Select(one => one.Item1)), string.Join('|', alternatives.Select(one => one.Item2)));
    }

    private (string, string) Sequence(int depth)
    {
        var terms = Some(0, 3, () => Term(depth));
        var (start, end) = (random.Next(3) == 0 ? "^" : "", random.Next(3) == 0);
        return (start + string.Concat(terms.Select(one => one.Item1)) + (end ? "$" : ""), start + string.Concat(terms.Select(one => one.Item2)) + (end ? @"(?![\s\S])" : ""));
    }

    private (string, string) Term(int depth)
    {
        if (random.Next(10) == 0)
            return OneOf([(@"\b", @"\b"), (@"\B", @"\B")]);

        var (pattern, net) = Atom(depth);
        string quantifier = random.Next(8) switch { 0 => "*", 1 => "+", 2 => "?", 3 => $"{{{random.Next(3)}}}", 4 => $"{{{random.Next(3)},}}", 5 => $"{{{random.Next(2)},{1 + random.Next(3)}}}", _ => "" };
        string lazy = quantifier.Length > 0 && random.Next(4) == 0 ? "?" : "";
        return (pattern + quantifier + lazy, net + quantifier);
    }

    private (string, string) Atom(int depth)
    {
        switch (random.Next(depth > 0 ? 7 : 5))
        {
            case 0 or 1:
                string character = OneOf(Characters);
                return (Spelled(character), character.Length == 1 ? Unit(character[0]) : $"(?:{Unit(character[0])}{Unit(character[1])})");
            case 2:
                return (".", $@"(?:[^\n\r\u2028\u2029\ud800-\udfff]|{Pair})");
            case 3:
                return Escape();
            case 4:
                return Class();
            default:
                var (pattern, net) = Choice(depth - 1);
                string open = OneOf(["(", "(?:", "(?<name>"]);
                return ($"{open}{pattern})", $"(?:{net})");
        }
    }

    private (string, string) Escape()
    {
        string letter = OneOf(["d", "w", "s"]);
        string members = letter == "s" ? Space : $@"\{letter}";
        return random.Next(2) == 0 ? ($@"\{letter}", $"[{members}]") : ($@"\{letter.ToUpperInvariant()}", $@"(?:[^{members}\ud800-\udfff]|{Pair})");
    }

    private (string, string) Class()
    {
        var members = Some(1, 3, Member);
        string pattern = string.Concat(members.Select(one => one.Item1)), net = string.Concat(members.Select(one => one.Item2));
        return random.Next(3) == 0 ? ($"[^{pattern}]", $@"(?:[^{net}\ud800-\udfff]|{Pair})") : ($"[{pattern}]", $"[{net}]");
    }

    private (string, string) Member()
    {
        if (random.Next(4) == 0)
            return random.Next(2) == 0 ? (@"\d", "0-9") : (@"\s", Space);

        int low = OneOf(Characters[..^2])[0], high = random.Next(2) == 0 ? low : low + random.Next(0xD700 - Math.Min(low, 0xD700) + 1) % 600;
        string from = Spelled(((char)low).ToString()), to = Spelled(((char)high).ToString());
        return low == high ? (from, Unit((char)low)) : ($"{from}-{to}", $"{Unit((char)low)}-{Unit((char)high)}");
    }

    private string Spelled(string character)
    {
        var rune = character.EnumerateRunes().Single();
        return random.Next(4) switch
        {
            0 when rune.IsBmp => $@"\u{rune.Value:x4}",
            0 => $@"\u{(int)character[0]:X4}\u{(int)character[1]:X4}",
            1 => $@"\u{{{rune.Value:x}}}",
            2 when rune.Value < 0x100 => $@"\x{rune.Value:x2}",
            3 when character == "\n" => @"\n",
            _ => character is "\\" or "-" or "/" ? $@"\{character}" : character,
        };
    }

    private static string Unit(char unit) => @"\u" + ((int)unit).ToString("x4", CultureInfo.InvariantCulture);

    private T OneOf<T>(IReadOnlyList<T> choices) => choices[random.Next(choices.Count)];

    private (string, string)[] Some(int least, int most, Func<(string, string)> one) => [.. Enumerable.Range(0, random.Next(least, most + 1)).Select(_ => one())];
}

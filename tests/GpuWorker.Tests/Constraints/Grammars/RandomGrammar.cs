namespace Serverless.GpuWorker.Tests.Constraints.Grammars;

/// <summary>Small grammars over a few letters, and what a reading of them by the definition says of a text.</summary>
internal sealed class RandomGrammar
{
    private const string Letters = "abé";

    private readonly Random _random;
    private readonly Rule[] _rules;

    public RandomGrammar(Random random)
    {
        _random = random;
        _rules = [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => new Rule())];
        foreach (var rule in _rules)
            rule.Body = Next(3);
    }

    /// <summary>In llama.cpp's notation.</summary>
    public string Text => string.Join('\n', _rules.Select((rule, i) => $"{Name(i)} ::= {rule.Body.Text}"));

    /// <summary>Whether the text is of the grammar. Of one without left recursion.</summary>
    public bool IsText(string text) => _rules[0].Ends(text, 0).Contains(text.Length);

    private static string Name(int rule) => rule == 0 ? "root" : $"r-{rule}";

    private Part Next(int depth)
    {
        switch (_random.Next(depth > 0 ? 8 : 3))
        {
            case 0 or 1:
                char letter = Letters[_random.Next(Letters.Length)];
                return new Part($"\"{letter}\"", (text, at) => at < text.Length && text[at] == letter ? [at + 1] : []);
            case 2:
                int rule = _random.Next(_rules.Length);
                return new Part(Name(rule), (text, at) => _rules[rule].Ends(text, at));
            case 3:
                return new Part("[^a]", (text, at) => at < text.Length && text[at] != 'a' ? [at + 1] : []);
            case 4:
                Part[] alternatives = [.. Enumerable.Range(0, _random.Next(2, 4)).Select(_ => Next(depth - 1))];
                return new Part($"({string.Join(" | ", alternatives.Select(part => part.Text))})", (text, at) => [.. alternatives.SelectMany(part => part.Ends(text, at)).Distinct()]);
            case 5:
                var (least, most) = (_random.Next(3), _random.Next(4));
                return Repeat(Next(depth - 1), least, most == 3 ? int.MaxValue : least + most);
            default:
                Part[] parts = [.. Enumerable.Range(0, _random.Next(4)).Select(_ => Next(depth - 1))];
                return new Part(parts.Length == 0 ? "\"\"" : $"({string.Join(' ', parts.Select(part => part.Text))})", (text, at) => parts.Aggregate<Part, int[]>([at], (ends, part) => [.. ends.SelectMany(end => part.Ends(text, end)).Distinct()]));
        }
    }

    private static Part Repeat(Part body, int least, int most) => new($"{body.Text}{{{least},{(most == int.MaxValue ? "" : most)}}}", (text, at) =>
    {
        var ends = new HashSet<int>();
        HashSet<int> last = [at];
        // A repetition of nothing ends where it began, however often it is written.
        for (int i = 0; i <= most && i <= least + text.Length + 1; i++)
        {
            if (i >= least)
                ends.UnionWith(last);
            last = [.. last.SelectMany(end => body.Ends(text, end))];
        }
        return [.. ends];
    });

    private sealed record Part(string Text, Func<string, int, int[]> Ends);

    private sealed class Rule
    {
        // Where a text of the rule is being looked for. What begins there again before a character has come is of no text that ends.
        private readonly HashSet<int> _begun = [];

        public Part Body { get; set; } = null!;

        public int[] Ends(string text, int at)
        {
            if (!_begun.Add(at))
                return [];

            int[] ends = Body.Ends(text, at);
            _begun.Remove(at);
            return ends;
        }
    }
}

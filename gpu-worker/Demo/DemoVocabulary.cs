using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Demo;

/// <summary>Stems, weights and flags of every piece of the demo tokenizer.</summary>
internal sealed class DemoVocabulary
{
    private const char WordMark = '\u2581';
    private static readonly HashSet<string> Suffixes = ["s", "es", "ed", "ing", "er", "ers", "ly", "est", "ion", "ions", "tion", "ation", "ment", "ness", "able", "al", "ally", "ers", "ies", "ity", "ive"];

    private static readonly HashSet<string> Numbers =
    [
        "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "fifteen", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety", "hundred", "thousand",
        "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "january", "february", "april", "june", "july", "august", "september", "october", "november", "december",
        "spring", "summer", "autumn", "winter", "noon", "midnight",
    ];

    private static readonly HashSet<string> AskingForNumbers = ["when", "much", "many", "long", "often", "old", "hot", "deep", "large", "thick", "far", "tall", "price", "cost", "costs", "date", "fare", "rent"];

    public DemoVocabulary(SentencePieceTokenizer tokenizer)
    {
        var stems = new Dictionary<string, int>();
        var variants = new Dictionary<int, int>();
        var pieces = new DemoPiece[tokenizer.VocabularySize];
        for (var id = 0; id < pieces.Length; id++)
        {
            var (text, _, type) = tokenizer.Pieces[id];
            var body = text.TrimStart(WordMark);
            var hasLetter = type == SentencePieceType.Normal && body.Any(char.IsLetter);
            var lower = body.ToLowerInvariant();
            var key = hasLetter ? EnglishStems.Of(lower) : $"{id}";
            if (!stems.TryGetValue(key, out var stem)) stems[key] = stem = stems.Count + 1;
            variants[stem] = variants.TryGetValue(stem, out var last) ? last + 1 : 0;
            var startsWord = text.StartsWith(WordMark);
            var wholeWord = startsWord || (hasLetter && body.Length > 2 && char.IsUpper(body[0]) && WordWeights.Instance.Knows(lower));
            var special = type != SentencePieceType.Normal;
            pieces[id] = new DemoPiece
            {
                Text = text,
                Stem = stem,
                Variant = variants[stem],
                IsControl = type is SentencePieceType.Control or SentencePieceType.Unknown,
                IsNewline = text == "<0x0A>",
                HasLetter = hasLetter,
                IsNumber = !special && (body.Any(char.IsDigit) || (startsWord && (Numbers.Contains(lower) || body is "March" or "May"))),
                AsksNumber = !special && startsWord && AskingForNumbers.Contains(lower),
                EndsQuestion = !special && body.TrimEnd('"', '\'', ')', '\u201d', '\u2019').EndsWith('?'),
                EndsSentence = !special && EndsASentence(body),
                EndsWithBracket = text.EndsWith(']'),
                Continues = hasLetter && !wholeWord,
                Space = startsWord ? 1 : special || text is "[" or "(" or "-" or "*" or "#" ? -1 : 0,
                Weight = special ? null : hasLetter ? WeightOf(lower, wholeWord) : body.Any(char.IsDigit) ? 1.0 : null,
            };
        }

        Pieces = pieces;
        Stems = stems.Count;
    }

    public IReadOnlyList<DemoPiece> Pieces { get; }

    public int Stems { get; }

    private static bool EndsASentence(string body)
    {
        var end = body.TrimEnd('"', '\'', ')', '\u201d', '\u2019');
        return end.Length > 0 && end[^1] is '.' or '!' or '?';
    }

    private static double WeightOf(string word, bool wholeWord)
    {
        if (wholeWord && WordWeights.Instance.Knows(word)) return WordWeights.Instance.Of(word);
        if (!wholeWord && (word.Length <= 2 || Suffixes.Contains(word))) return 0.02;
        return WordWeights.Instance.Of(word) * word.Length switch { 1 => 0.02, 2 => 0.25, 3 => 0.6, _ => 1 };
    }
}

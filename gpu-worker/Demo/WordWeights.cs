using System.Globalization;

namespace Serverless.GpuWorker.Demo;

/// <summary>
/// How much a word of a question decides, 0.02 to 1: inverse document frequency over this repository's texts
/// (corpus/word-counts.tsv), with lists of words that say little (corpus/words.txt, sections "stop" and "light").
/// </summary>
internal sealed class WordWeights
{
    public const double Stop = 0.025;
    public const double Light = 0.12;
    private readonly Dictionary<string, double> _listed = [];
    private readonly Dictionary<string, int> _counts = [];
    private readonly HashSet<string> _known = [];
    private readonly double _rarest;
    private readonly double _total;

    private WordWeights()
    {
        var weight = 1.0;
        foreach (var line in DemoResources.Lines("words.txt"))
        {
            if (line.StartsWith('#'))
            {
                weight = line.StartsWith("# stop", StringComparison.Ordinal) ? Stop : line.StartsWith("# light", StringComparison.Ordinal) ? Light : 1;
                continue;
            }

            foreach (var word in line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                _known.Add(word);
                if (weight < 1) _listed.TryAdd(word, weight);
            }
        }

        foreach (var line in DemoResources.Lines("word-counts.tsv"))
        {
            var (word, count) = (line.Split('\t')[0], int.Parse(line.Split('\t')[1], CultureInfo.InvariantCulture));
            _known.Add(word);
            var stem = EnglishStems.Of(word);
            _counts[stem] = _counts.GetValueOrDefault(stem) + count;
            _total += count;
        }

        _rarest = Math.Log(_total / 3) - 3.5;
    }

    public static WordWeights Instance { get; } = new();

    /// <summary>A whole word that the lists know, so that it is no fragment however short.</summary>
    public bool Knows(string word) => _known.Contains(word);

    public double Of(string word)
    {
        if (_listed.TryGetValue(word, out var listed)) return listed;
        var count = _counts.GetValueOrDefault(EnglishStems.Of(word));
        return Math.Clamp((Math.Log(_total / (count + 3)) - 3.5) / _rarest, 0.05, 1);
    }
}

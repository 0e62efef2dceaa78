namespace Serverless.Functions.Ingestion.Chunking;

/// <summary>Packs measured units into chunks: never across sections, paragraphs whole where they fit, sentences whole always.</summary>
internal static class ChunkPacker
{
    public static List<List<MeasuredUnit>> Pack(IReadOnlyList<MeasuredUnit> units, ChunkingSettings settings)
    {
        var paragraphTokens = units.GroupBy(unit => unit.Paragraph).ToDictionary(group => group.Key, group => group.Sum(unit => unit.Tokens));
        var chunks = new List<List<MeasuredUnit>>();
        var current = new List<MeasuredUnit>();
        var tokens = 0;
        foreach (var unit in units)
        {
            if (current.Count > 0)
            {
                var last = current[^1];
                if (last.Section != unit.Section)
                {
                    chunks.Add(current);
                    (current, tokens) = ([], 0);
                }
                else if (tokens + unit.Tokens > settings.MaxTokens || IsBetterApart(last, unit, tokens, paragraphTokens, settings))
                {
                    chunks.Add(current);
                    current = Overlap(current, Math.Min(settings.OverlapTokens, settings.MaxTokens - unit.Tokens));
                    tokens = current.Sum(repeated => repeated.Tokens);
                }
            }

            current.Add(unit);
            tokens += unit.Tokens;
        }

        if (current.Count > 0) chunks.Add(current);
        return chunks;
    }

    // A paragraph that would be torn goes to the next chunk when this one is half full already.
    private static bool IsBetterApart(MeasuredUnit last, MeasuredUnit unit, int tokens, Dictionary<int, int> paragraphTokens, ChunkingSettings settings) =>
        last.Paragraph != unit.Paragraph && tokens >= settings.MaxTokens / 2 && tokens + paragraphTokens[unit.Paragraph] > settings.MaxTokens;

    private static List<MeasuredUnit> Overlap(List<MeasuredUnit> chunk, int budget)
    {
        var repeated = new List<MeasuredUnit>();
        // Never the whole chunk: each must bring something new.
        for (var i = chunk.Count - 1; i > 0 && chunk[i].Tokens <= budget; i--)
        {
            repeated.Insert(0, chunk[i]);
            budget -= chunk[i].Tokens;
        }

        return repeated;
    }
}

namespace Serverless.Functions.Ingestion.Chunking;

/// <summary>Packs measured units into chunks: never across sections, paragraphs whole where they fit, sentences whole always.</summary>
internal static class ChunkPacker
{
    public static List<List<MeasuredUnit>> Pack(IReadOnlyList<MeasuredUnit> units, ChunkingSettings settings)
    {
        var paragraphs = new Dictionary<int, int>();
        foreach (var unit in units) paragraphs[unit.Paragraph] = paragraphs.GetValueOrDefault(unit.Paragraph) + unit.Weight;
        var chunks = new List<List<MeasuredUnit>>();
        var current = new List<MeasuredUnit>();
        var weight = 0;
        foreach (var unit in units)
        {
            if (current.Count > 0)
            {
                var last = current[^1];
                if (last.Section != unit.Section)
                {
                    chunks.Add(current);
                    (current, weight) = ([], 0);
                }
                else if (weight + Gap(last, unit) + unit.Weight > settings.MaxTokens || IsBetterApart(last, unit, weight, paragraphs, settings))
                {
                    chunks.Add(current);
                    current = Overlap(current, unit, Math.Min(settings.OverlapTokens, settings.MaxTokens - unit.Weight));
                    weight = WeightOf(current);
                }
            }

            weight += unit.Weight + (current.Count > 0 ? Gap(current[^1], unit) : 0);
            current.Add(unit);
        }

        if (current.Count > 0) chunks.Add(current);
        return chunks;
    }

    // White space of a line or two is free; a desert of it is not.
    private static int Gap(MeasuredUnit last, MeasuredUnit unit) => Math.Max(0, unit.Span.Start - last.Span.End - 4) / 8;

    private static int WeightOf(List<MeasuredUnit> units)
    {
        var weight = 0;
        for (var i = 0; i < units.Count; i++) weight += units[i].Weight + (i > 0 ? Gap(units[i - 1], units[i]) : 0);
        return weight;
    }

    private static bool IsBetterApart(MeasuredUnit last, MeasuredUnit unit, int weight, Dictionary<int, int> paragraphs, ChunkingSettings settings) => settings.Strategy switch
    {
        _ when last.Paragraph == unit.Paragraph => false,
        ChunkStrategy.Paragraphs => true,
        ChunkStrategy.Fixed => false,
        // A paragraph that would be torn goes to the next chunk when this one is half full already.
        _ => weight >= settings.MaxTokens / 2 && weight + paragraphs[unit.Paragraph] > settings.MaxTokens,
    };

    private static List<MeasuredUnit> Overlap(List<MeasuredUnit> chunk, MeasuredUnit next, int budget)
    {
        var repeated = new List<MeasuredUnit>();
        // Never the whole chunk: each must bring something new.
        for (var i = chunk.Count - 1; i > 0; i--)
        {
            budget -= chunk[i].Weight + Gap(chunk[i], repeated.Count > 0 ? repeated[0] : next);
            if (budget < 0) break;
            repeated.Insert(0, chunk[i]);
        }

        return repeated;
    }
}

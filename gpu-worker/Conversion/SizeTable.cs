using System.Globalization;
using System.Text;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Conversion;

/// <summary>Tables of <see cref="ShardSizes"/>, in Markdown.</summary>
internal static class SizeTable
{
    /// <param name="context">Tokens of a sequence, by which the rotary tables are as long as Llama 2's.</param>
    /// <exception cref="CheckpointException">A model cannot be divided so, or cannot have a format.</exception>
    public static string Write(IReadOnlyList<string> shapes, IReadOnlyList<WeightFormatMix> formats, IReadOnlyList<int> ranks, int context = 4096)
    {
        var table = new StringBuilder("| model, weights | ranks | weights a rank | cache a token and rank, f32 / f16 / int8 |");
        foreach (var card in Card.Known)
            table.Append($" {card.Name}: tokens, f32 / f16 / int8 | floor |");

        table.Append("\n|---|---|---|---|").Append(string.Concat(Card.Known.Select(_ => "---|---|")));
        foreach (string shape in shapes)
        {
            var config = ModelShape.Find(shape, context)!;
            foreach (var format in formats)
                foreach (int count in ranks)
                    AddRow(table, $"{shape}, {format}", ShardSizes.Of(config, format, count));
        }
        return table.ToString();
    }

    private static void AddRow(StringBuilder table, string model, ShardSizes sizes)
    {
        table.Append(CultureInfo.InvariantCulture, $"\n| {model} | {sizes.Ranks} | {sizes.WeightBytes / 1e9:F1} GB |");
        table.Append(CultureInfo.InvariantCulture, $" {sizes.CacheElements * 4 / 1024} / {sizes.CacheElements * 2 / 1024} / {sizes.CacheElements / 1024} KiB |");
        foreach (var card in Card.Known)
        {
            if (sizes.TokensOn(card, 1) == 0)
                table.Append(" does not fit | |");
            else
                table.Append(CultureInfo.InvariantCulture, $" {Thousands(sizes, card, 4)} / {Thousands(sizes, card, 2)} / {Thousands(sizes, card, 1)} | {1e3 * sizes.FloorOn(card):F1} ms |");
        }
    }

    private static string Thousands(ShardSizes sizes, Card card, int elementBytes) => $"{sizes.TokensOn(card, elementBytes) / 1000} k";
}

namespace Serverless.GpuWorker.Model.Formats;

/// <summary>The formats of a model's matrices: one for all, and rules for those that have another.</summary>
/// <param name="Format">Where no rule says otherwise.</param>
/// <param name="Rules">Of those that cover a matrix the last holds.</param>
public sealed record WeightFormatMix(WeightFormat Format, IReadOnlyList<WeightFormatRule> Rules)
{
    public static implicit operator WeightFormatMix(WeightFormat format) => new(format, []);

    /// <param name="layer">Null outside of the layers.</param>
    /// <param name="part">The matrix's short name, such as q, down or lm_head.</param>
    public WeightFormat Of(int? layer, string part) => Rules.LastOrDefault(rule => rule.Covers(layer, part))?.Format ?? Format;

    /// <summary>Such as <c>int4, lm_head=int8</c>.</summary>
    public override string ToString() => string.Join(", ", [WeightFormats.NameOf(Format), .. Rules.Select(rule => rule.ToString())]);
}

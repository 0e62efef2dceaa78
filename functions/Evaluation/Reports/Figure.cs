using System.Globalization;
using Serverless.Functions.Evaluation.Metrics;

namespace Serverless.Functions.Evaluation.Reports;

/// <summary>Numbers as a report writes them.</summary>
internal static class Figure
{
    public static string Short(double value) => Math.Abs(value) switch
    {
        >= 100 => value.ToString("N0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("0.#", CultureInfo.InvariantCulture),
        0 or >= 0.0095 => value.ToString("0.###", CultureInfo.InvariantCulture),
        _ => value.ToString("0.00e0", CultureInfo.InvariantCulture),
    };

    public static string Of(double? value) => value is { } known ? Short(known) : "";

    public static string Of(Estimate? estimate) => estimate is null ? "" : $"{Short(estimate.Value)} [{Short(estimate.Low)}, {Short(estimate.High)}]";
}

using System.Globalization;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Api.Requests;

/// <summary>Checks of single fields. Each refusal names the field and what is permitted.</summary>
internal static class FieldChecks
{
    /// <exception cref="ApiException">400.</exception>
    public static double Range(string name, double value, double low, double high) =>
        value >= low && value <= high ? value : throw ApiErrors.Invalid(name, string.Create(CultureInfo.InvariantCulture, $"{name} must be from {low} to {high}."));

    /// <exception cref="ApiException">400.</exception>
    public static double Above(string name, double value, double low, double high) =>
        value > low && value <= high ? value : throw ApiErrors.Invalid(name, string.Create(CultureInfo.InvariantCulture, $"{name} must be greater than {low} and at most {high}."));

    /// <exception cref="ApiException">400.</exception>
    public static int Range(string name, int value, int low, int high) =>
        value >= low && value <= high ? value : throw ApiErrors.Invalid(name, $"{name} must be from {low} to {high}.");

    /// <summary>A list of ids of the model's vocabulary.</summary>
    /// <exception cref="ApiException">400, naming the element.</exception>
    public static IReadOnlyList<int> TokenIds(string name, IReadOnlyList<int> ids, int most, ITokenizer tokenizer)
    {
        if (ids.Count > most) throw ApiErrors.Invalid(name, $"{name} must have at most {most} ids.");
        for (var i = 0; i < ids.Count; i++) Range($"{name}[{i}]", ids[i], 0, tokenizer.VocabularySize - 1);
        return ids;
    }
}

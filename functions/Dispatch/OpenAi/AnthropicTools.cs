using System.Text.Json;
using System.Text.RegularExpressions;

namespace Serverless.Functions.Dispatch;

/// <summary>
/// Anthropic's own tools that run at the client: <c>{type: bash_20250124, name: bash}</c>, its editor, computer and memory, each with the day of its version. The model knows their
/// schemas; calls and results are as of any other tool. Those that run at Anthropic have answers of their own shape, and are refused.
/// </summary>
internal static partial class AnthropicTools
{
    /// <returns>Whether it is such a tool's type.</returns>
    public static bool IsType(string? type) => type is not null && Type().IsMatch(type);

    /// <summary>The place of the first of them in <c>tools</c>; null for none.</summary>
    public static int? First(JsonElement? tools) => ToolNames.First(tools, IsType);

    [GeneratedRegex(@"^(bash|text_editor|computer|memory)_20\d{6}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Type();
}

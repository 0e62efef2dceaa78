using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;

namespace Serverless.Local.Hosting;

/// <summary>%Name% in a binding's text stands for the app setting of that name.</summary>
internal static partial class SettingReferences
{
    /// <exception cref="FormatException">A setting is not there.</exception>
    public static string Resolve(string text, IConfiguration configuration) => Reference().Replace(text, match =>
        configuration[match.Groups[1].Value] ?? throw new FormatException($"setting '{match.Groups[1].Value}', which \"{text}\" refers to, is not there."));

    [GeneratedRegex("%([^%]+)%")]
    private static partial Regex Reference();
}

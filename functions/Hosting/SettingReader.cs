using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Serverless.Functions.Hosting;

/// <summary>Reads settings that have a range. An empty setting is one that is not given.</summary>
internal static class SettingReader
{
    /// <exception cref="InvalidOperationException">No number, or out of range; the message names the key and what is permitted.</exception>
    public static TimeSpan Seconds(this IConfiguration configuration, string key, double least, double most, TimeSpan otherwise)
    {
        var text = configuration[key];
        if (string.IsNullOrEmpty(text)) return otherwise;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? TimeSpan.FromSeconds(value)
            : throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"Setting '{key}' must be a number from {least} to {most}."));
    }

    /// <exception cref="InvalidOperationException">No whole number, or out of range; the message names the key and what is permitted.</exception>
    public static int WholeNumber(this IConfiguration configuration, string key, int least, int most, int otherwise)
    {
        var text = configuration[key];
        if (string.IsNullOrEmpty(text)) return otherwise;
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value
            : throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"Setting '{key}' must be a whole number from {least} to {most}."));
    }

    /// <returns>Null when it is not given.</returns>
    /// <exception cref="InvalidOperationException">No absolute https URL; the message names the key.</exception>
    public static Uri? HttpsUrl(this IConfiguration configuration, string key)
    {
        var text = configuration[key];
        if (string.IsNullOrEmpty(text)) return null;
        return Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps
            ? uri
            : throw new InvalidOperationException($"Setting '{key}' must be an absolute https URL.");
    }
}

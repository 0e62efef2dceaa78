using System.Globalization;
using Microsoft.AspNetCore.Http;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Ingestion.Access;
using Serverless.Functions.Ingestion.Transfers.Imports;

namespace Serverless.Functions.Retrieval.Filters;

/// <summary>
/// What filters can name of a document: its blob's metadata but for what says who may see it and where it was imported from. Names are case-insensitive in storage and in lower case here; values are percent-decoded, as those of
/// <c>groups</c> and <c>users</c> are.
/// </summary>
public static class DocumentMetadata
{
    /// <summary>Characters of all names and values together; in the order of names, what goes beyond is left out.</summary>
    public const int MaxChars = 2500;

    private const string Header = "x-ms-meta-";

    // hdi_isfolder is how a storage account with folders marks them.
    private static readonly string[] Reserved = [AccessMetadata.Groups, AccessMetadata.Users, ImportMark.Name, "hdi_isfolder"];

    /// <returns>Null where there is nothing to filter by.</returns>
    public static IReadOnlyDictionary<string, string>? Of(IDictionary<string, string> metadata)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        var read = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var left = MaxChars;
        foreach (var (name, value) in metadata.Select(item => (Name: item.Key.ToLowerInvariant(), item.Value)).OrderBy(item => item.Name, StringComparer.Ordinal))
        {
            if (Reserved.Contains(name) || name.Length + value.Length > left || !read.TryAdd(name, Uri.UnescapeDataString(value))) continue;
            left -= name.Length + value.Length;
        }

        return read.Count == 0 ? null : read;
    }

    /// <summary>Adds the other headers <c>x-ms-meta-{name}</c> of an upload to what a blob gets.</summary>
    /// <exception cref="GatewayException">400 naming the header: a name or value that storage does not take, or more than filters can name.</exception>
    public static void Take(IHeaderDictionary headers, IDictionary<string, string> metadata)
    {
        ArgumentNullException.ThrowIfNull(headers);
        ArgumentNullException.ThrowIfNull(metadata);
        var chars = 0;
        foreach (var (header, values) in headers)
        {
            if (!header.StartsWith(Header, StringComparison.OrdinalIgnoreCase)) continue;
            var (name, value) = (header[Header.Length..].ToLowerInvariant(), values.ToString());
            if (Reserved.Contains(name)) continue;
            if (name.Length == 0 || char.IsAsciiDigit(name[0]) || !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') || value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
                throw GatewayException.Invalid(header, $"The header '{header}' must be named by letters, digits and '_' after '{Header}', a digit not first, and have printable ASCII characters (others percent-encoded).");
            chars += name.Length + value.Length;
            if (chars > MaxChars) throw GatewayException.Invalid(header, $"The headers '{Header}*' may have at most {MaxChars} characters together.");
            metadata[name] = value;
        }
    }

    /// <summary>A value as a number, where it is one: a finite decimal with '.', an optional sign and exponent.</summary>
    public static double? Number(string value) =>
        double.TryParse(value, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;
}

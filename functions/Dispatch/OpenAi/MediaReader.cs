using System.Buffers.Text;
using Serverless.Contracts.OpenAI;

namespace Serverless.Functions.Dispatch;

/// <summary>The parts of a message that are no text, as chats and responses write them.</summary>
internal static class MediaReader
{
    private const int MaxNameChars = 256;

    /// <returns>Null for a part that is none of these.</returns>
    /// <exception cref="GatewayException">400 naming the field.</exception>
    public static ContentPart? Read(RequestFields fields, string? type, string path)
    {
        switch (type)
        {
            case "image_url":
                var image = Inner(fields, "image_url", path);
                return new ContentPart(null, ImageUrl(image.Text("url"), path + ".image_url.url"), image.Text("detail"));
            case "input_image":
                return new ContentPart(null, ImageUrl(fields.Text("image_url"), path + ".image_url"), fields.Text("detail"));
            case "file":
                return new ContentPart((string?)null) { File = File(Inner(fields, "file", path), path + ".file") };
            case "input_file":
                return new ContentPart((string?)null) { File = File(fields, path) };
            case "input_audio":
                return new ContentPart((string?)null) { Audio = Audio(Inner(fields, "input_audio", path), path + ".input_audio") };
            default:
                return null;
        }
    }

    private static RequestFields Inner(RequestFields fields, string name, string path) => new(fields.Object(name) ?? throw fields.Wrong(name, "an object"), $"{path}.{name}.");

    private static string ImageUrl(string? url, string path) =>
        (url is not null && IsHttps(url) ? url : DataUrl.Image(url ?? ""))
        ?? throw GatewayException.Invalid(path, $"'{path}' must be an https URL or an image as data:image/...;base64,...");

    private static ContentFile File(RequestFields fields, string path)
    {
        var name = fields.Text("filename");
        if (name?.Length > MaxNameChars) throw GatewayException.Invalid(path + ".filename", $"'{path}.filename' may have at most {MaxNameChars} characters.");
        var file = new ContentFile(name) { Data = fields.Text("file_data"), Id = fields.Text("file_id"), Url = fields.Text("file_url") };
        if ((file.Data is null ? 0 : 1) + (file.Id is null ? 0 : 1) + (file.Url is null ? 0 : 1) != 1)
            throw GatewayException.Invalid(path, $"'{path}' must have one of file_data, file_id and file_url.", "missing_field");
        if (file.Url is { } url && !(IsHttps(url) && Uri.IsWellFormedUriString(url, UriKind.Absolute))) throw GatewayException.Invalid(path + ".file_url", $"'{path}.file_url' must be an https URL.");
        if (file.Data is not { } data || DataUrl.TryParseAny(data, out _, out _)) return file;
        // Some clients send the data alone.
        return data.Length > 0 && Base64.IsValid(data)
            ? file with { Data = $"data:{FileTypes.OfName(name)};base64,{data}" }
            : throw GatewayException.Invalid(path + ".file_data", $"'{path}.file_data' must be a file as data:application/pdf;base64,...");
    }

    private static ContentAudio Audio(RequestFields fields, string path)
    {
        if (fields.Text("data") is not { Length: > 0 } data || !Base64.IsValid(data)) throw GatewayException.Invalid(path + ".data", $"'{path}.data' must be base64.", "missing_field");
        if (fields.Text("format") is not { Length: > 0 and <= 16 } format || !format.All(char.IsAsciiLetterOrDigit))
            throw GatewayException.Invalid(path + ".format", $"'{path}.format' must be wav, mp3 or another format's name.", "missing_field");
        return new ContentAudio(data, format.ToLowerInvariant());
    }

    private static bool IsHttps(string url) => url.StartsWith("https://", StringComparison.OrdinalIgnoreCase);
}

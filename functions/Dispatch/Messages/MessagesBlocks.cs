using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Serverless.Functions.Dispatch;

/// <summary>Blocks of a message that are parts of a chat's: texts, images and documents.</summary>
internal static class MessagesBlocks
{
    /// <returns>Null for thoughts of an earlier turn, which nobody but the model that had them can read.</returns>
    /// <exception cref="GatewayException">400 naming the block.</exception>
    public static JsonObject? Part(RequestFields block, string path)
    {
        var part = block.Text("type") switch
        {
            "thinking" or "redacted_thinking" => null,
            "text" => new JsonObject { ["type"] = "text", ["text"] = block.Text("text") ?? throw block.Wrong("text", "a string") },
            "image" => new JsonObject { ["type"] = "image_url", ["image_url"] = new JsonObject { ["url"] = Url(Source(block), path + ".source") } },
            "document" => Document(block, path),
            _ => throw GatewayException.Invalid($"{path}.type", $"'{path}.type' must be text, image, document, tool_use, tool_result or thinking.", "unsupported_parameter"),
        };
        if (part is not null && block.Object("cache_control") is { } mark) part["cache_control"] = JsonSerializer.SerializeToNode(mark);
        return part;
    }

    private static JsonElement Source(RequestFields block) => block.Object("source") ?? throw block.Wrong("source", "an object");

    private static JsonObject Document(RequestFields block, string path)
    {
        if (block.Object("citations") is { } asked && new RequestFields(asked, $"{path}.citations.").Flag("enabled") == true)
            throw GatewayException.Invalid($"{path}.citations", $"'{path}.citations' is not supported: answers cite no document of a request, only a rag route's.", "unsupported_parameter");
        if (block.Text("context") is { Length: > 0 })
            throw GatewayException.Invalid($"{path}.context", $"'{path}.context' is not supported: say it in a block of text before the document.", "unsupported_parameter");
        var source = Source(block);
        var fields = new RequestFields(source, path + ".source.");
        var file = new JsonObject { ["type"] = "input_file" };
        if (block.Text("title") is { } title) file["filename"] = title;
        switch (fields.Text("type"))
        {
            case "url":
                file["file_url"] = fields.Text("url");
                break;
            case "text":
                file["file_data"] = $"data:text/plain;base64,{Convert.ToBase64String(Encoding.UTF8.GetBytes(fields.Text("data") ?? throw fields.Wrong("data", "a string")))}";
                break;
            default:
                file["file_data"] = Url(source, path + ".source");
                break;
        }

        return file;
    }

    private static string Url(JsonElement source, string path)
    {
        var fields = new RequestFields(source, path + ".");
        return fields.Text("type") switch
        {
            "base64" => $"data:{fields.Text("media_type") ?? throw fields.Wrong("media_type", "a media type")};base64,{fields.Text("data") ?? throw fields.Wrong("data", "base64")}",
            "url" => fields.Text("url") ?? throw fields.Wrong("url", "an https URL"),
            _ => throw GatewayException.Invalid($"{path}.type", $"'{path}.type' must be base64, url or, of a document, text.", "unsupported_parameter"),
        };
    }
}

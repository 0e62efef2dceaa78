using System.Text.Encodings.Web;
using System.Text.Json;

namespace Serverless.GpuWorker.Constraints;

/// <summary>How fixed parts of a document are written: without spaces, characters as they are where JSON permits.</summary>
internal static class JsonText
{
    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Of(JsonElement value) => JsonSerializer.SerializeToUtf8Bytes(value, Options);

    public static byte[] Of(string value) => JsonSerializer.SerializeToUtf8Bytes(value, Options);
}

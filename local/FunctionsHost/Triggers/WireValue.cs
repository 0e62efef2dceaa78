using Google.Protobuf;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using Serverless.FunctionsHost.Protocol;

namespace Serverless.FunctionsHost.Triggers;

/// <summary>Values between the WebJobs SDK's bindings and the worker protocol.</summary>
internal static class WireValue
{
    private static readonly JsonSerializerSettings AsWritten = new() { DateParseHandling = DateParseHandling.None };

    public static TypedData ToRpc(object? value) => value switch
    {
        null => new(),
        string text => new() { String = text },
        byte[] bytes => new() { Bytes = ByteString.CopyFrom(bytes) },
        JToken json => new() { Json = json.ToString(Formatting.None) },

        // Numbers too: the worker reads none as TypedData.int.
        _ => new() { Json = JsonConvert.SerializeObject(value) },
    };

    public static object? FromRpc(TypedData? data)
    {
        switch (data?.DataCase)
        {
            case null or TypedData.DataOneofCase.None:
                return null;
            case TypedData.DataOneofCase.String:
                return data.String;
            case TypedData.DataOneofCase.Json:
                return JsonConvert.DeserializeObject<JToken>(data.Json, AsWritten);
            case TypedData.DataOneofCase.Bytes:
                return data.Bytes.ToByteArray();
            case TypedData.DataOneofCase.Int:
                return data.Int;
            case TypedData.DataOneofCase.Double:
                return data.Double;
            default:
                throw new NotSupportedException($"A function returned a value of kind {data.DataCase}.");
        }
    }
}

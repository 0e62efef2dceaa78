using System.Text;
using System.Text.Json;

namespace Serverless.Contracts.Tests.Fuzzing;

/// <summary>JSON as text in parts, so that it can hold what no document model does: half surrogate pairs, names twice, numbers beyond any range.</summary>
public sealed class FuzzedJson
{
    private static readonly string[] Values =
    [
        "null", "true", "false", "0", "-0", "-1", "1", "3", "1.5", "1e999", "-1e999", "1e-400", "99999999999999999999", "2147483647", "2147483648", "-9223372036854775809", "9223372036854775807", "0.1234567891",
        "\"\"", "\" \"", "\"a\"", "\"\\ud800\"", "\"x\\udc00y\"", "\"\\ud83d\\ude00\"", "\"\\u0000\"", "\"\\u001f\"", "\"\\u202e\"", "\"a\\r\\nX-Evil: 1\"", "\"NaN\"", "\"../../config\"", "\"a/b\"", "\"' or 1 eq 1\"",
        "\"2026-13-45T00:00:00Z\"", "\"0001-01-01T00:00:00Z\"", "\"9999-12-31T23:59:59Z\"", "\"chat@1\"", "\"chat@99999999999\"", "\"chat\"", "\"embed\"", "\"rag\"", "\"http://169.254.169.254/\"", "\"https://[::1]:80/\"", "\"https://\\u0000\"",
        "\"=1+1\"", "\"{context}{question}\"", "\"(\"", "\"[INST]\"", "[]", "[null]", "[[]]", "[1,\"a\"]", "[\"\\ud800\"]", "[{}]", "{}", "{\"\":{}}", "{\"\\ud800\":1}", "{\"a\":\"\\ud800\"}", "{\"type\":5}", "{\"type\":\"text\",\"text\":5}", "{\"$ref\":\"#\"}",
    ];

    // What is not JSON at all.
    private static readonly string[] Broken = ["NaN", "Infinity", "-", "01", "+1", "'a'", "\"\\x\"", "\"\\u12\"", "\"a\nb\"", "/**/1", "undefined", "", ",", "]", "\"", "1,", "{\"a\" 1}", "\"\u0001\""];

    private static readonly string[] Names = ["\"\"", "\"\\ud800\"", "\"\\udfff\\ud800\"", "\"a\\u0000b\"", "\"$type\"", "\"__proto__\"", "\"a.b\"", "\"\\ud83d\\ude00\"", "\"it's\"", "\"<script>\"", "\"Model\"", "\"NAME\""];

    private readonly List<(string Name, FuzzedJson Value)>? _members;
    private readonly List<FuzzedJson>? _items;
    private string _text = "";

    private FuzzedJson(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Object) _members = [.. element.EnumerateObject().Select(p => ($"\"{p.Name}\"", new FuzzedJson(p.Value)))];
        else if (element.ValueKind == JsonValueKind.Array) _items = [.. element.EnumerateArray().Select(item => new FuzzedJson(item))];
        else _text = element.GetRawText();
    }

    /// <summary>A document of <paramref name="valid"/>'s form that is spoilt in one to three places.</summary>
    public static string Spoil(string valid, Random random)
    {
        using var document = JsonDocument.Parse(valid);
        var root = new FuzzedJson(document.RootElement);
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            var places = new List<FuzzedJson>();
            root.Gather(places);
            places[random.Next(places.Count)].SpoilHere(random);
        }

        var text = new StringBuilder();
        root.Write(text);
        return text.ToString();
    }

    /// <summary>Any tree, also one that is too deep.</summary>
    public static string Tree(Random random, int depth = 0)
    {
        if (depth == 0 && random.Next(20) == 0) return Deep(random, random.Next(2, 5000));
        var count = random.Next(0, 5);
        return random.Next(depth > 5 ? 2 : 5) switch
        {
            0 or 1 when depth > 0 => Values[random.Next(Values.Length)],
            2 => $"[{string.Join(',', Enumerable.Range(0, count).Select(_ => Tree(random, depth + 1)))}]",
            _ => $"{{{string.Join(',', Enumerable.Range(0, count).Select(_ => $"{Names[random.Next(Names.Length)]}:{Tree(random, depth + 1)}"))}}}",
        };
    }

    private static string Deep(Random random, int levels) => random.Next(2) == 0
        ? new string('[', levels) + new string(']', levels)
        : new StringBuilder().Insert(0, "{\"a\":", levels).Append('1').Append('}', levels).ToString();

    private static string Value(Random random) => random.Next(24) switch
    {
        0 => Deep(random, random.Next(2, 100)),
        1 => new string('9', random.Next(20, 500)),
        2 => $"\"{new string('x', random.Next(60, 5000))}\"",
        3 => Tree(random, 3),
        4 => $"[{string.Join(',', Enumerable.Repeat("\"a\"", random.Next(2, 3000)))}]",
        5 => Broken[random.Next(Broken.Length)],
        _ => Values[random.Next(Values.Length)],
    };

    private void Gather(List<FuzzedJson> places)
    {
        places.Add(this);
        foreach (var (_, value) in _members ?? []) value.Gather(places);
        foreach (var item in _items ?? []) item.Gather(places);
    }

    private void SpoilHere(Random random)
    {
        if (_members is { Count: > 0 })
        {
            var i = random.Next(_members.Count);
            var (name, value) = _members[i];
            switch (random.Next(6))
            {
                case 0: _members.RemoveAt(i); break;
                case 1: _members.Add((name, value)); break;
                case 2: _members.Add((Names[random.Next(Names.Length)], value)); break;
                case 3: _members[i] = (name.ToUpperInvariant(), value); break;
                default: value.Replace(Value(random)); break;
            }
        }
        else if (_items is { Count: > 0 } && random.Next(2) == 0)
        {
            if (random.Next(2) == 0) _items.RemoveAt(random.Next(_items.Count));
            else _items.AddRange(Enumerable.Repeat(_items[0], random.Next(1, 400)));
        }
        else
        {
            Replace(Value(random));
        }
    }

    private void Replace(string text)
    {
        _members?.Clear();
        _items?.Clear();
        _text = text;
    }

    private void Write(StringBuilder text)
    {
        if (_text.Length > 0 || (_members is null && _items is null))
        {
            text.Append(_text);
        }
        else if (_members is not null)
        {
            text.Append('{');
            for (var i = 0; i < _members.Count; i++)
            {
                text.Append(i == 0 ? "" : ",").Append(_members[i].Name).Append(':');
                _members[i].Value.Write(text);
            }

            text.Append('}');
        }
        else
        {
            text.Append('[');
            for (var i = 0; i < _items!.Count; i++)
            {
                text.Append(i == 0 ? "" : ",");
                _items[i].Write(text);
            }

            text.Append(']');
        }
    }
}

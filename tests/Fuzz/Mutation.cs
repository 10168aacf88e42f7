namespace Conntrack.Fuzz;

/// <summary>Inputs made of the corpus without knowing what they reach, the same ones for the same seed: what the ordinary tests can afford.</summary>
sealed class Mutation(IReadOnlyList<byte[]> corpus, int longest, int seed)
{
    static readonly byte[] s_telling = [0, 1, 4, 5, 6, 8, 0x0f, 0x10, 0x20, 0x3f, 0x40, 0x45, 0x7f, 0x80, 0xff, 0xfe, 17, 44, 58, 60];

    readonly Random _random = new(seed);

    public byte[] Next()
    {
        List<byte> input = [.. corpus[_random.Next(corpus.Count)]];
        for (int changes = 1 << _random.Next(5); changes > 0; changes--)
        {
            Change(input);
        }

        return [.. input.Take(longest)];
    }

    void Change(List<byte> input)
    {
        int at = _random.Next(input.Count + 1), length = Math.Min(1 << _random.Next(6), input.Count - at);
        switch (_random.Next(7))
        {
            case 0 when at < input.Count:
                input[at] ^= (byte)(1 << _random.Next(8));
                break;
            case 1 when at < input.Count:
                input[at] = (byte)_random.Next(256);
                break;
            case 2 when at < input.Count:
                input[at] = s_telling[_random.Next(s_telling.Length)];
                break;
            case 3 when at < input.Count:
                input[at] += (byte)_random.Next(-8, 9);
                break;
            case 4:
                input.RemoveRange(at, length);
                break;
            case 5:
                input.InsertRange(_random.Next(input.Count + 1), input[at..(at + length)]);
                break;
            default:
                byte[] other = corpus[_random.Next(corpus.Count)];
                int from = _random.Next(other.Length + 1);
                input.RemoveRange(at, input.Count - at);
                input.AddRange(other[from..]);
                break;
        }
    }
}

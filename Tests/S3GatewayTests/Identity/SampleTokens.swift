// Why this file exists: tokens of a provider that exists nowhere, with a key set, made once by PyJWT (an implementation
// that is not ours) with keys that were thrown away; all are of the same moment, which tests set their clocks to.

enum SampleTokens {
    static let issuer = "https://idp.example.com/realm"
    /// Seconds since 1970.
    static let now: Int64 = 1_900_000_000
    static let keySet = #"""
        {"keys":[{"kty":"RSA","n":"5VYViWZHi9tZeGiU6gxXloKV0r80cTfM-ujyHnkMHlXZyfgpfjFsZC06sQWgw0xD6nXJtctXN\#
        sJ6l5PRp8AKhhYv70PUW_T5GO1LszmsVQ4CEM8S7sffgChbFYApAVfLvIMYW6the95zKucc94CeeVeHHuzDgbYxPxyp0dYEU9ixk\#
        a41vb96Z1LeNqIA9JyOoEKx1bosXEVeCee2RzKhtV56QWTfY-3LwL2-LmJN0LGb6y63zRObzG_jOse3mx7nD_DCXKTh5ZulPwcUF\#
        v3D9giSsjjlcnRwdk8BB78KGkS5RnYx_9Y2x1ci2J0PNBKxjQ4wQ-YIrqqrWC9kQXEpgw","e":"AQAB","kid":"rsa","use":\#
        "sig"},{"kty":"EC","crv":"P-256","x":"H29JDzChbtFrcxJxkk-3-TfRJQRMi4IwBMovv5vus_A","y":"ovv2JMlyPCqt\#
        Mw1VWBZOsItxP7q0sKoLYYdZ7ZIiZTY","kid":"p256","use":"sig"},{"kty":"EC","crv":"P-384","x":"XkU17EiRXS\#
        YHpx9a6c7uLNpAVEnWrZ2VZJYjvEwxM5-pqG4fpu10RQ1L9QW3Knu-","y":"UXz5JBe2nKWNV5NhK3oU_C7ED4_4MgMwDzQiBWj\#
        NDWNhIlNX1UjOoO5mijmJDE6c","kid":"p384","use":"sig"},{"kty":"RSA","n":"vCA76u9rsiGIxQqV__pHAcg2LFNiu\#
        8IzvhDD-9XH2O_GqnNcRm3XAume3PNpx4nTP2kOGakVATsmF9ic5HTaPbcfxlGLH0jZ4jtFMSZhsdMYCH0DtnskiajC36luO-oMj\#
        kz33hBFVf3ciJG088t4Yp6MryioBs3DUSQZ8cJHgHU","e":"AQAB","kid":"weak","use":"sig"},{"kty":"OKP","crv":\#
        "Ed25519","kid":"ed","x":"AAAA"},{"kty":"EC","crv":"P-256","x":"H29JDzChbtFrcxJxkk-3-TfRJQRMi4IwBMov\#
        v5vus_A","y":"ovv2JMlyPCqtMw1VWBZOsItxP7q0sKoLYYdZ7ZIiZTY","kid":"enc","use":"enc"}]}
        """#

    /// By what is the matter with them.
    static let all: [String: String] = [
        "rs256": #"""
        eyJhbGciOiJSUzI1NiIsImtpZCI6InJzYSIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlLmNvbS9yZWF\#
        sbSIsInN1YiI6InVzZXItMSIsImF1ZCI6InRyYWluZXIiLCJpYXQiOjE4OTk5OTk5OTAsImV4cCI6MTkwMDAwMDYwMH0.Mg65vED\#
        vOkaxJs0sHar5qGBpTGjiIYpoB5orJt5h3UXWOWdzVFisX3ZElrY2O_1yipNwSI6X1h97tYtoXw_19OuUptpdGfcuLqnZ1Pti0Bd\#
        plHY-tixhi9c0JAiK6J3BiKHLixdJFZCvWTXIJzU6tZG2UnCHLcltI1klDUBGCy6Chjbf_kkBs1tS7vxrN0B9aJwbSI391lgDCi6\#
        TPW9gQXTZg9lHDjm1TuSwyVT8Brn-qWzqs-Cd4hxpo7FMpuew5mpr-6vQD-OBv9TtieZO6I4Xa0TvUWQ70mWEb5R_x4z022Xoykb\#
        xCmO2PQKg8KOxKxpZ8BFSIvucZLUlBgUvZQ
        """#,
        "rs384": #"""
        eyJhbGciOiJSUzM4NCIsImtpZCI6InJzYSIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlLmNvbS9yZWF\#
        sbSIsInN1YiI6InVzZXItMSIsImF1ZCI6InRyYWluZXIiLCJpYXQiOjE4OTk5OTk5OTAsImV4cCI6MTkwMDAwMDYwMH0.LBQ-bE_\#
        fVM1hy71yYwTczK3cnGuOApACjMFmGb6CEJUjZEGqYr_K_Yzkp-jRr3aVf-_oNHdE6Va5X-cNtuYLpEK9pDNSuv590WfbmDLTYkH\#
        wlVw2IEvTpYyzxETDq07kr1WxsCbhQl6N9CUzFyUwcTNSQoXOAy5QKymU60yTWQBOSIlWuiAAEmpIb_M_8uUbbKGmnVxamemc3BS\#
        VrrN77vn3pMyIWXkdRV3CNG7BCgalcKkra3QryOMF01eAQtKp9R64-J6x05VtNGxTIgN1DElwO5Izp1karGuKcJy6-rNNKRnzP4p\#
        hSdEZIeltt4tcdRCeiDRRPv-2TXf5AKfeEw
        """#,
        "rs512": #"""
        eyJhbGciOiJSUzUxMiIsImtpZCI6InJzYSIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlLmNvbS9yZWF\#
        sbSIsInN1YiI6InVzZXItMSIsImF1ZCI6InRyYWluZXIiLCJpYXQiOjE4OTk5OTk5OTAsImV4cCI6MTkwMDAwMDYwMH0.Qkyzfjd\#
        Zd3TM8Y_mwn-0s_OSfK3bmft5bZs1J0qx3aPOezTdfWmEzllDNjApWEY1hYioPA6rishnGGjVkIjnJkJfzeY9ENwhW5cyW7jxYWQ\#
        bUNCn0ZSzxBYw7aLB_3lKK5TM0rvJVv5TAFc9By_NRinWn02VTfGuJN291vCNJhT9Won4urJoPcglVlDiBpWguvmpF6k5eqg_z7M\#
        3XwshwynWRP2KLxwMODTDGYbLUQyU_yllvXymaN9TY6R8nFdLh7uATuly_NSKl00hEuEJ1gIYWgZrtTCfjumHJJ6hcHVmB9if_aj\#
        t58OmtqJq-MSVDVsh6QzEkoo1LI9bongpDQ
        """#,
        "ps256": #"""
        eyJhbGciOiJQUzI1NiIsImtpZCI6InJzYSIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlLmNvbS9yZWF\#
        sbSIsInN1YiI6InVzZXItMSIsImF1ZCI6InRyYWluZXIiLCJpYXQiOjE4OTk5OTk5OTAsImV4cCI6MTkwMDAwMDYwMH0.WmvJzyG\#
        amjivjvbtHxCYqtm4UkSPVGO446fKDAruusyWmpeCXUnkGZe1tE89LVXuOJlax-sBflO_K2ATHi4Mrk9tK5TmN-viP8wL0MaoyDU\#
        u2602CIPFPx9ioKuSYhX_w5J_L-EOWeJEHVE84aPQoErt0b5QuatW7_MEhPAKEHw382d3XHsnG4mYAtBCofirvX8PQxB8uY_xQR1\#
        wuX736G-sIoNqYy0MPp3tG5aYsPtXaraUOj-ZUPfG5TZtaHyDCuZu8-KtXpx10F7QtMfpdH4p8olre_Q3Datlnptf9aUc6hNb50z\#
        nRYJY_mRNP1u5OZN4wMpUlmhbLv6sbJDBKw
        """#,
        "ps384": #"""
        eyJhbGciOiJQUzM4NCIsImtpZCI6InJzYSIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlLmNvbS9yZWF\#
        sbSIsInN1YiI6InVzZXItMSIsImF1ZCI6InRyYWluZXIiLCJpYXQiOjE4OTk5OTk5OTAsImV4cCI6MTkwMDAwMDYwMH0.W-nCdqW\#
        fpGqCC4LO3V50TI2i8LE8VvKLtfXPNm3VAShNazUGTsbz3p68zrCvbSnlMJV2-HNcU--go8BtDCfALmZ6AkyW8j5LWq5sK-K8_BG\#
        GrtaRMn9QPMkDScu8xMNpN8sdmZlJLwqrAS9JD6y50-O26NuQFx0kd2z7cL5o9JIj0_rao0jETBzYCuUuUsfaVcIV8YQwaqOxybM\#
        i-zJavKArC6qf1grsb-rHbMQ0wObOpwy-KibImHPpSkKfbOCeeM1rWvtrEwzhIjoC93B-alQTF1YE2ZmjN3VL0BinJBJug4mM_z2\#
        wkSsuVqdolEgyG04yA28doheIgCSPdIBbig
        """#,
        "ps512": #"""
        eyJhbGciOiJQUzUxMiIsImtpZCI6InJzYSIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlLmNvbS9yZWF\#
        sbSIsInN1YiI6InVzZXItMSIsImF1ZCI6InRyYWluZXIiLCJpYXQiOjE4OTk5OTk5OTAsImV4cCI6MTkwMDAwMDYwMH0.lUPc37t\#
        X3u1fgxDjdR0d4-I9_TDhuAv2O-BmxSHwdzyNhpaQ_zFgbjq8rLxza7k7aExlj2zhkYO5wU44DK5oHFWAW9mbctXdJ3-bHcxFD8R\#
        3OoPDk0BlvLDpPYxeu6xzTi6vQmVAbgKizpPZiW9D-kWqdIqpcNLE8KKo4wbpfcJ-gMz0YgnpQM43NEBuXsFVtSAEiqBMxQF9VwP\#
        wy6kCoObGffL-dCIp9S1F_jY2GVHr1nV5KejHArEZz5WoLCOkptd1EuxTw-fz-tX-dlohKrtZIn-YxOmgGdPXBguPnNuIgqx5i3b\#
        HGJKUktoAWszJL6TdqugBEwYGsmrGXv1OYA
        """#,
        "es256": #"""
        eyJhbGciOiJFUzI1NiIsImtpZCI6InAyNTYiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlLmNvbS9yZ\#
        WFsbSIsInN1YiI6InVzZXItMSIsImF1ZCI6InRyYWluZXIiLCJpYXQiOjE4OTk5OTk5OTAsImV4cCI6MTkwMDAwMDYwMH0.9gIPW\#
        t28FOfhAbxUQDYmJp9zO_mDtj18xn2YB5KjwI14VCGfgIUX-CCRtvkanzKCg4vxSQArqG4OEKy8s40Mow
        """#,
        "es384": #"""
        eyJhbGciOiJFUzM4NCIsImtpZCI6InAzODQiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlLmNvbS9yZ\#
        WFsbSIsInN1YiI6InVzZXItMSIsImF1ZCI6InRyYWluZXIiLCJpYXQiOjE4OTk5OTk5OTAsImV4cCI6MTkwMDAwMDYwMH0.MF3xf\#
        z5rfvaEySoc3TiGSVtVek7uL-ZqqHbkl9KD7ULaAijByEMtktIJRjpaCgL_AWp2qAcBsOi4XD6q3Yx2LDf_jHv23-BwIO3CoUPSb\#
        QfE9PYG4ogCamuUFU6g0580
        """#,
        "expired": #"""
        eyJhbGciOiJFUzI1NiIsImtpZCI6InAyNTYiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlLmNvbS9yZ\#
        WFsbSIsInN1YiI6InVzZXItMSIsImF1ZCI6InRyYWluZXIiLCJpYXQiOjE4OTk5OTk5OTAsImV4cCI6MTg5OTk5OTkzOX0.Y6XOy\#
        laqMmhbzfDQb1JouW4--dkgAfSe6EGaDXgh4SQSPhz9h4hiSC-xy3skUc1c0pzutfzJABnOLA-bOaqHLw
        """#,
        "justExpired": #"""
        eyJhbGciOiJFUzI1NiIsImtpZCI6InAyNTYiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlLmNvbS9yZ\#
        WFsbSIsInN1YiI6InVzZXItMSIsImF1ZCI6InRyYWluZXIiLCJpYXQiOjE4OTk5OTk5OTAsImV4cCI6MTg5OTk5OTk3MH0.9pdTd\#
        YNMq6iNm6iWhcudACz5DJMpkgqPHpqhu-TfNuyckckl6K91m622ppSa8UYur3hDql7Xzq_Yrkvt1mhfXA
        """#,
        "notYet": #"""
        eyJhbGciOiJFUzI1NiIsImtpZCI6InAyNTYiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlLmNvbS9yZ\#
        WFsbSIsInN1YiI6InVzZXItMSIsImF1ZCI6InRyYWluZXIiLCJpYXQiOjE4OTk5OTk5OTAsImV4cCI6MTkwMDAwMDYwMCwibmJmI\#
        joxOTAwMDAwMTIwfQ.gkTL4BXiqzIncOeCS3QdoJepF8JYzYmRLQ2o2-3mIqxEHCJrK6FiT0Z6ZCOqXpMtmMjX6y-lQzm1ZZxbtd\#
        2cjQ
        """#,
        "issuedLater": #"""
        eyJhbGciOiJFUzI1NiIsImtpZCI6InAyNTYiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlLmNvbS9yZ\#
        WFsbSIsInN1YiI6InVzZXItMSIsImF1ZCI6InRyYWluZXIiLCJpYXQiOjE5MDAwMDAxMjAsImV4cCI6MTkwMDAwMDYwMH0.1KxJR\#
        sptXsvkYPC0dMWY0urxVZvfREX5CdJd4didVMVsfqXIrXCkKoLx6qAszeyL1u5QKW5ll5nilDfCnmyZCw
        """#,
        "withoutEnd": #"""
        eyJhbGciOiJFUzI1NiIsImtpZCI6InAyNTYiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlLmNvbS9yZ\#
        WFsbSIsInN1YiI6InVzZXItMSIsImF1ZCI6InRyYWluZXIiLCJpYXQiOjE4OTk5OTk5OTB9._r-d20T7s7J1g0uF0Xb5dsrp5GX3\#
        sWOHgfzCg1CZEwhQd5BFucoIjEiCkvWs9FK1F7O5D6-52ctsVy47V2sO_Q
        """#,
        "withoutSubject": #"""
        eyJhbGciOiJFUzI1NiIsImtpZCI6InAyNTYiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlLmNvbS9yZ\#
        WFsbSIsImF1ZCI6InRyYWluZXIiLCJpYXQiOjE4OTk5OTk5OTAsImV4cCI6MTkwMDAwMDYwMH0.MJrEP7HLBAwkE6-jz1YnOp2ef\#
        1bhVILvOnUIxMbdg6yEo0kNb0ZFSB0Y1rju3S4vK5b6LFgVR4LFk0nbU9RtBQ
        """#,
        "withoutIssuer": #"""
        eyJhbGciOiJFUzI1NiIsImtpZCI6InAyNTYiLCJ0eXAiOiJKV1QifQ.eyJzdWIiOiJ1c2VyLTEiLCJhdWQiOiJ0cmFpbmVyIiwia\#
        WF0IjoxODk5OTk5OTkwLCJleHAiOjE5MDAwMDA2MDB9.CpR_5_Kd0AeVcCOaCQ6kYOzTp5ld6xkSMAtjITXwO_BslG8PTVY2fXTP\#
        zvf7MdD-C38u3T-b0A8vQ97V5SyIOg
        """#,
        "withoutAudience": #"""
        eyJhbGciOiJFUzI1NiIsImtpZCI6InAyNTYiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlLmNvbS9yZ\#
        WFsbSIsInN1YiI6InVzZXItMSIsImlhdCI6MTg5OTk5OTk5MCwiZXhwIjoxOTAwMDAwNjAwfQ.uzzPcmOb3PtskhCDPXp1sfXUMu\#
        CGDytFvZyvc3pFKfqvCL69pGFDD7-I_Z8gSFB7ZMlsf1c4PWloVIT440MlHg
        """#,
        "withoutIssueTime": #"""
        eyJhbGciOiJFUzI1NiIsImtpZCI6InAyNTYiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlLmNvbS9yZ\#
        WFsbSIsInN1YiI6InVzZXItMSIsImF1ZCI6InRyYWluZXIiLCJleHAiOjE5MDAwMDA2MDB9.-mbC4al9wIsMltNt4KresYRd7Y0Z\#
        YiTYPuOYdVTa0YRjkYBJ5hHxKnHYqnYVWRVs0msFUQkgt_QpPNe0DsVqGw
        """#,
        "otherAudience": #"""
        eyJhbGciOiJFUzI1NiIsImtpZCI6InAyNTYiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlLmNvbS9yZ\#
        WFsbSIsInN1YiI6InVzZXItMSIsImF1ZCI6InNvbWVvbmUiLCJpYXQiOjE4OTk5OTk5OTAsImV4cCI6MTkwMDAwMDYwMH0.BxsCT\#
        vN0khNmR_p6iI74dnvASK-0rt4EmQr5M2aQnlUDz6YaM9UkI5x8DSRlMtlPdpvEnJGGaVFxUKWHyBkCig
        """#,
        "manyAudiences": #"""
        eyJhbGciOiJFUzI1NiIsImtpZCI6InAyNTYiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlLmNvbS9yZ\#
        WFsbSIsInN1YiI6InVzZXItMSIsImF1ZCI6WyJ4IiwidHJhaW5lciJdLCJpYXQiOjE4OTk5OTk5OTAsImV4cCI6MTkwMDAwMDYwM\#
        H0.MfgI8dc37HZTwmkB5ZBJQ0_-AxnkQbHJB1YP6_D3ERE0R_SAWGGalpEVpDPaL8GMl481TOHp2Mo9kbnYjZMwmg
        """#,
        "authorizedParty": #"""
        eyJhbGciOiJFUzI1NiIsImtpZCI6InAyNTYiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlLmNvbS9yZ\#
        WFsbSIsInN1YiI6InVzZXItMSIsImF1ZCI6WyJhY2NvdW50Il0sImlhdCI6MTg5OTk5OTk5MCwiZXhwIjoxOTAwMDAwNjAwLCJhe\#
        nAiOiJ0cmFpbmVyIiwiYW1yIjpbInB3ZCIsIm1mYSJdfQ.-TY7EgxZWaEozNpqvqbJFb23Rr3i2qCOETz0sb-gIG_bCfWdh6Tvw1\#
        3fKBQQOj1QMe7VKSbglJyIRRbfc6yIFg
        """#,
        "otherParty": #"""
        eyJhbGciOiJFUzI1NiIsImtpZCI6InAyNTYiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlLmNvbS9yZ\#
        WFsbSIsInN1YiI6InVzZXItMSIsImF1ZCI6InRyYWluZXIiLCJpYXQiOjE4OTk5OTk5OTAsImV4cCI6MTkwMDAwMDYwMCwiYXpwI\#
        joic29tZW9uZSJ9.bIUhF2AOwG-9ABac_c_y6kjsSvSZxxpGNhTnuoDhYTNPrJSNKfz4Q-IJCm2obbXlBKtRyxST3EQW0Njo1s6G\#
        Og
        """#,
        "otherIssuer": #"""
        eyJhbGciOiJFUzI1NiIsImtpZCI6InAyNTYiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL2V2aWwuZXhhbXBsZS5jb20iL\#
        CJzdWIiOiJ1c2VyLTEiLCJhdWQiOiJ0cmFpbmVyIiwiaWF0IjoxODk5OTk5OTkwLCJleHAiOjE5MDAwMDA2MDB9.Q8MzaPCXqDzH\#
        S3Scas7HGSnoLeqKsTvji5rYHYopS-3ePxv5n2MBv7G1von6Mvuwz-fvZE9sEnoUPy8_CeBz1w
        """#,
        "slashIssuer": #"""
        eyJhbGciOiJFUzI1NiIsImtpZCI6InAyNTYiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlLmNvbS9yZ\#
        WFsbS8iLCJzdWIiOiJ1c2VyLTEiLCJhdWQiOiJ0cmFpbmVyIiwiaWF0IjoxODk5OTk5OTkwLCJleHAiOjE5MDAwMDA2MDB9.9jij\#
        rQpixiGKRE9VTJLv6Cvstkh7sRD-wtWLD-wDXJfBtFZsEyiiMxSlbY5DjOwR1LGqzR3Ub2Ib7Eh27bI6OQ
        """#,
        "plainIssuer": #"""
        eyJhbGciOiJFUzI1NiIsImtpZCI6InAyNTYiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwOi8vaWRwLmV4YW1wbGUuY29tL3JlY\#
        WxtIiwic3ViIjoidXNlci0xIiwiYXVkIjoidHJhaW5lciIsImlhdCI6MTg5OTk5OTk5MCwiZXhwIjoxOTAwMDAwNjAwfQ.uctOS7\#
        z6NKgQ4B_0tTnHJ0Yzk6nuFtKZvxi0PggQaHz5dIiDQ9TBZOyK4xOchvowCt-kTRwwkWtr3XBpz546eg
        """#,
        "unknownKey": #"""
        eyJhbGciOiJFUzI1NiIsImtpZCI6Im5ldyIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlLmNvbS9yZWF\#
        sbSIsInN1YiI6InVzZXItMSIsImF1ZCI6InRyYWluZXIiLCJpYXQiOjE4OTk5OTk5OTAsImV4cCI6MTkwMDAwMDYwMH0.w3rRPYn\#
        GzRg3raOtZii2V5ShMJatuShFimf2uRshmfPkOkBEZpHhAbndKK3_jiKKBO2FsVVwR1bPeeQcNTNZcA
        """#,
        "foreignKey": #"""
        eyJhbGciOiJFUzI1NiIsImtpZCI6InAyNTYiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlLmNvbS9yZ\#
        WFsbSIsInN1YiI6InVzZXItMSIsImF1ZCI6InRyYWluZXIiLCJpYXQiOjE4OTk5OTk5OTAsImV4cCI6MTkwMDAwMDYwMH0.rXy8O\#
        m6z2BV9ImCbVlRfNYgX0WmGbN78PXFgiBdzfasvUvWHdN_aQfCtEknc-757_QVQVHzPFzxwSC2UeZL0VA
        """#,
        "withoutKeyID": #"""
        eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlLmNvbS9yZWFsbSIsInN1YiI6InV\#
        zZXItMSIsImF1ZCI6InRyYWluZXIiLCJpYXQiOjE4OTk5OTk5OTAsImV4cCI6MTkwMDAwMDYwMH0.loHRiWzw3yX1CBonwgtUSsl\#
        Aft3Y07WpO6q2vZZ_SUUQzXuK8t7CR1fN6FOPEdl7_ydUEvN9XOYNJHKnKPxqoA
        """#,
        "weakKey": #"""
        eyJhbGciOiJSUzI1NiIsImtpZCI6IndlYWsiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlLmNvbS9yZ\#
        WFsbSIsInN1YiI6InVzZXItMSIsImF1ZCI6InRyYWluZXIiLCJpYXQiOjE4OTk5OTk5OTAsImV4cCI6MTkwMDAwMDYwMH0.sPTWy\#
        gcPSekVkQ83BOWmXpJap69xBvF09DmF3p0T7AlCKye4snfhUmw4H_62BMK4h-pmAdEBIT_MPkUHsTKuIau6Ybemb4oTz7OxaZ-eC\#
        wZblp9WA7gn9Avwhe8DDa8FdkaZqYn3dl9WCERCztInmw_9XmKlgcEtZwYuPArayNk
        """#,
        "encryptionKey": #"""
        eyJhbGciOiJFUzI1NiIsImtpZCI6ImVuYyIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlLmNvbS9yZWF\#
        sbSIsInN1YiI6InVzZXItMSIsImF1ZCI6InRyYWluZXIiLCJpYXQiOjE4OTk5OTk5OTAsImV4cCI6MTkwMDAwMDYwMH0.Dfh2jbb\#
        zIDsoHU-c-nULNIdARpWx_d7WvuDhALKg_zqsr08UPrY94oW4BSlWJq2lZnCfz01RmFX0yJBf0wE1xg
        """#,
        "critical": #"""
        eyJhbGciOiJFUzI1NiIsImNyaXQiOlsiZXhwIl0sImtpZCI6InAyNTYiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL2lkc\#
        C5leGFtcGxlLmNvbS9yZWFsbSIsInN1YiI6InVzZXItMSIsImF1ZCI6InRyYWluZXIiLCJpYXQiOjE4OTk5OTk5OTAsImV4cCI6M\#
        TkwMDAwMDYwMH0.J3vq2rnLRksbs6deSyRakCPsnZH0xUooiGrK9-y9cbF8di_C3aNleoVHGks0LxVoFC6VGk4Ri_4zG1M1X9fO8\#
        g
        """#,
        "tagged": #"""
        eyJhbGciOiJFUzI1NiIsImtpZCI6InAyNTYiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlLmNvbS9yZ\#
        WFsbSIsInN1YiI6InVzZXItMSIsImF1ZCI6InRyYWluZXIiLCJpYXQiOjE4OTk5OTk5OTAsImV4cCI6MTkwMDAwMDYwMCwiaHR0c\#
        HM6Ly9hd3MuYW1hem9uLmNvbS90YWdzIjp7InByaW5jaXBhbF90YWdzIjp7IkRlcGFydG1lbnQiOlsiRW5naW5lZXJpbmciXSwiY\#
        2Fpcm46am9iIjpbInRyYWluIl19LCJ0cmFuc2l0aXZlX3RhZ19rZXlzIjpbIkRlcGFydG1lbnQiXX0sImh0dHBzOi8vYXdzLmFtY\#
        Xpvbi5jb20vc291cmNlX2lkZW50aXR5IjoiYWxpY2UifQ.6yT-Gvkpc2XY6fI4Rr-0Yl30HKWFR0pliAXmIHeBucgXl8W1cvImOg\#
        bwl94gXXN6gPtOcm4NfLdUPJOR4iUFTg
        """#,
        "twoValues": #"""
        eyJhbGciOiJFUzI1NiIsImtpZCI6InAyNTYiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlLmNvbS9yZ\#
        WFsbSIsInN1YiI6InVzZXItMSIsImF1ZCI6InRyYWluZXIiLCJpYXQiOjE4OTk5OTk5OTAsImV4cCI6MTkwMDAwMDYwMCwiaHR0c\#
        HM6Ly9hd3MuYW1hem9uLmNvbS90YWdzIjp7InByaW5jaXBhbF90YWdzIjp7IkRlcGFydG1lbnQiOlsiYSIsImIiXX19fQ.UebmoP\#
        83FbfkvQjYsDZjewydGS0qNp9ZM_inkrDal1sdvCHToiBIxjlGMYIrSq47vDllwFJuQQwnIaxb0vwsGg
        """#,
        "badTag": #"""
        eyJhbGciOiJFUzI1NiIsImtpZCI6InAyNTYiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlLmNvbS9yZ\#
        WFsbSIsInN1YiI6InVzZXItMSIsImF1ZCI6InRyYWluZXIiLCJpYXQiOjE4OTk5OTk5OTAsImV4cCI6MTkwMDAwMDYwMCwiaHR0c\#
        HM6Ly9hd3MuYW1hem9uLmNvbS90YWdzIjp7InByaW5jaXBhbF90YWdzIjp7ImF3czp4IjpbImEiXX19fQ.Ixh8WEuUZ-9xZ2zdTq\#
        YYCNUfpeSerWM5l-_dwImRNs4rwddDCIZZ0Jt4FNh8QNUwy8bi4kVAfxlchFJlOxTBgw
        """#,
        "badRun": #"""
        eyJhbGciOiJFUzI1NiIsImtpZCI6InAyNTYiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlLmNvbS9yZ\#
        WFsbSIsInN1YiI6InVzZXItMSIsImF1ZCI6InRyYWluZXIiLCJpYXQiOjE4OTk5OTk5OTAsImV4cCI6MTkwMDAwMDYwMCwiaHR0c\#
        HM6Ly9hd3MuYW1hem9uLmNvbS90YWdzIjp7InByaW5jaXBhbF90YWdzIjp7ImNhaXJuOnJ1biI6WyJuby11dWlkIl19fX0.cil7X\#
        YovGSV6xpwVGLyTVnFT1bx1MKMNlr5ySPZAyrmHLMF-BvXll7v2a4A2VXojiy5X15LkAf7gE7O44hT72g
        """#,
        "none": #"""
        eyJhbGciOiAibm9uZSJ9.eyJpc3MiOiAiaHR0cHM6Ly9pZHAuZXhhbXBsZS5jb20vcmVhbG0iLCAic3ViIjogInVzZXItMSIsICJ\#
        hdWQiOiAidHJhaW5lciIsICJpYXQiOiAxODk5OTk5OTkwLCAiZXhwIjogMTkwMDAwMDYwMH0.
        """#,
        "noneSigned": #"""
        eyJhbGciOiAibm9uZSIsICJraWQiOiAicDI1NiJ9.eyJpc3MiOiAiaHR0cHM6Ly9pZHAuZXhhbXBsZS5jb20vcmVhbG0iLCAic3V\#
        iIjogInVzZXItMSIsICJhdWQiOiAidHJhaW5lciIsICJpYXQiOiAxODk5OTk5OTkwLCAiZXhwIjogMTkwMDAwMDYwMH0.eHh4eHh\#
        4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eA
        """#,
        "secret": #"""
        eyJhbGciOiAiSFMyNTYiLCAia2lkIjogInJzYSJ9.eyJpc3MiOiAiaHR0cHM6Ly9pZHAuZXhhbXBsZS5jb20vcmVhbG0iLCAic3V\#
        iIjogInVzZXItMSIsICJhdWQiOiAidHJhaW5lciIsICJpYXQiOiAxODk5OTk5OTkwLCAiZXhwIjogMTkwMDAwMDYwMH0.Ip0oaWk\#
        FyUvABFKbqMqZEcTzxHCvbm71i6hmG2rUiv4
        """#,
        "padded": #"""
        eyJhbGciOiJFUzI1NiIsImtpZCI6InAyNTYiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlLmNvbS9yZ\#
        WFsbSIsInN1YiI6InVzZXItMSIsImF1ZCI6InRyYWluZXIiLCJpYXQiOjE4OTk5OTk5OTAsImV4cCI6MTkwMDAwMDYwMH0.9gIPW\#
        t28FOfhAbxUQDYmJp9zO_mDtj18xn2YB5KjwI14VCGfgIUX-CCRtvkanzKCg4vxSQArqG4OEKy8s40Mow==
        """#,
        "changed": #"""
        eyJhbGciOiJFUzI1NiIsImtpZCI6InAyNTYiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiAiaHR0cHM6Ly9pZHAuZXhhbXBsZS5jb20vc\#
        mVhbG0iLCAic3ViIjogImFkbWluIiwgImF1ZCI6ICJ0cmFpbmVyIiwgImlhdCI6IDE4OTk5OTk5OTAsICJleHAiOiAxOTAwMDAwN\#
        jAwfQ.9gIPWt28FOfhAbxUQDYmJp9zO_mDtj18xn2YB5KjwI14VCGfgIUX-CCRtvkanzKCg4vxSQArqG4OEKy8s40Mow
        """#,
        "twoSubjects": #"""
        eyJhbGciOiJFUzI1NiIsImtpZCI6InAyNTYiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlLmNvbS9yZ\#
        WFsbSIsInN1YiI6ImEiLCJzdWIiOiJiIiwiYXVkIjoidHJhaW5lciIsImlhdCI6MTg5OTk5OTk5MCwiZXhwIjoxOTAwMDAwNjAwf\#
        Q.LaGl81s0UAtaFcMXebXyEksQxd6Sb6sJ8DlUaXwVWh6ULEKYtkej6cZuRaVGRplt7sHvxrSUrtlUWeZvQuof8w
        """#,
        "algorithmSwap": #"""
        eyJhbGciOiJFUzI1NiIsImtpZCI6InJzYSIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlLmNvbS9yZWF\#
        sbSIsInN1YiI6InVzZXItMSIsImF1ZCI6InRyYWluZXIiLCJpYXQiOjE4OTk5OTk5OTAsImV4cCI6MTkwMDAwMDYwMH0.Z6NEo2t\#
        _bHkOZ9yhsMEqarss1jEFTznTO5JNvqHGMNGZhqJM_yLAdxo3GNkp5Qlje2byqHbqJ4miSmD4so48-Q
        """#,
    ]
}
